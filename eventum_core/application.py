"""What ``eventum.yml`` may say: the server, what generators inherit, logs and places."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from eventum_core.config import MIB, Settings
from eventum_core.errors import Problem
from eventum_core.plugin import Options
from eventum_core.secrets import remember
from eventum_core.yamlfile import YamlFile

DEFAULT_PASSWORD = "eventum"
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"

Text = Annotated[str, Field(min_length=1)]


def _placed(path: Path, info: ValidationInfo) -> Path:
    """Return an absolute path; relative ones belong to the folder of the file."""
    return (Path((info.context or {}).get("base", "")) / path.expanduser()).absolute()


def _single_name(name: str) -> str:
    if Path(name).name != name or Path(name).suffix not in (".yml", ".yaml"):
        raise ValueError("must be the bare name of a .yml or .yaml file, such as generator.yml")
    return name


Place = Annotated[Path, AfterValidator(_placed)]
# What a person emptied by commenting out its keys is a section all the same.
_no_options = BeforeValidator(lambda given: {} if given is None else given)


class Ssl(Options):
    """Transport encryption of the server."""

    enabled: bool = False
    """Serve HTTPS; needs `cert` and `cert_key`."""
    verify_mode: Literal["none", "optional", "required"] | None = None
    """Whether clients show a certificate; not given means none."""
    ca_cert: Place | None = None
    """File with the authorities whose client certificates are accepted."""
    cert: Place | None = None
    """File with the server's certificate."""
    cert_key: Place | None = None
    """File with the key of `cert`."""

    @model_validator(mode="after")
    def _paired(self) -> Ssl:
        if (self.cert is None) != (self.cert_key is None):
            raise ValueError("give cert and cert_key together")
        if self.enabled and self.cert is None:
            raise ValueError("enabled: true needs cert and cert_key")
        return self


class Auth(Options):
    """Who may use the server."""

    user: Text = "eventum"
    """Name to sign in with."""
    password: Annotated[SecretStr, Field(min_length=1)] = SecretStr(DEFAULT_PASSWORD)
    """Password to sign in with. With the default one the server can be reached from this machine
    only."""

    @property
    def default(self) -> bool:
        """Whether the password is the one that everybody knows."""
        return self.password.get_secret_value() == DEFAULT_PASSWORD


def _mcp_path(path: str) -> str:
    if not path.startswith("/") or (path.endswith("/") and path != "/"):
        raise ValueError("must begin with a slash and not end with one, such as /mcp")
    return path


class Mcp(Options):
    """Accepted and not used: there is no access for language models yet."""

    enabled: bool = False
    """Accepted and not used."""
    allow_write: bool = False
    """Accepted and not used."""
    path: Annotated[str, AfterValidator(_mcp_path)] = "/mcp"
    """Accepted and not used."""
    allowed_hosts: tuple[Text, ...] = ()
    """Accepted and not used."""


class Server(Options):
    """The server for the REST API."""

    ui_enabled: bool = True
    """Accepted and not used: there are no pages yet."""
    api_enabled: bool = True
    """Serve the REST API. Without it there is no server at all."""
    host: Text | None = None
    """Address to listen on. Default: every address of this machine if `auth` has a password of its
    own, else only what this machine itself can reach."""
    port: int = Field(9474, ge=1, le=65535)
    """Port to listen on."""
    ssl: Annotated[Ssl, _no_options] = Field(default_factory=Ssl)
    auth: Annotated[Auth, _no_options] = Field(default_factory=Auth)
    mcp: Annotated[Mcp, _no_options] = Field(default_factory=Mcp)
    edit: bool = False
    """Offer what writes files or runs code to others than this machine, too."""

    @property
    def address(self) -> str:
        """The host to listen on."""
        return self.host or (LOOPBACK if self.auth.default else EVERYWHERE)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.address)


class Generation(Settings):
    """What generators of the startup file inherit, unless their entry says otherwise: any setting
    but `id`, `path`, `params` and `policy`."""

    id: SkipJsonSchema[str] = Field("", exclude=True)
    path: SkipJsonSchema[Path] = Field(Path(), exclude=True)
    params: SkipJsonSchema[dict[str, Any]] = Field({}, exclude=True)
    policy: SkipJsonSchema[Literal["trusted", "restricted"]] = Field("trusted", exclude=True)

    @field_validator("id", "path", "params", mode="before")
    @classmethod
    def _of_an_entry(cls, given: Any) -> Any:
        raise ValueError("belongs to the entries of the startup file")

    @field_validator("policy", mode="before")
    @classmethod
    def _of_all(cls, given: Any) -> Any:
        raise ValueError("stands at the top level, beside generation")

    @property
    def inherited(self) -> dict[str, Any]:
        """What an entry is laid over, leaf by leaf: what the file says, and a filled batch."""
        return {**self.model_dump(exclude_unset=True), "batch": self.batch.model_dump()}


class Log(Options):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    """The least severe records that are written."""
    format: Literal["plain", "json"] = "plain"
    """Lines for people or, in the files, one JSON object a line."""
    max_bytes: ByteSize = Field(ByteSize(10 * MIB), ge=1024)
    """Size at which a file is put aside and a new one begun."""
    backups: int = Field(5, ge=1)
    """How many files that were put aside are kept."""


class Paths(Options):
    """Where things lie; relative paths belong to the folder of the file."""

    logs: Place = Field(Path("logs"), validate_default=True)
    """Folder of the log files; made where it is missing."""
    startup: Place = Field(Path("startup.yml"), validate_default=True)
    """The list of generators."""
    generators_dir: Place = Field(Path("generators"), validate_default=True)
    """Folder with a folder for each generator."""
    keyring_cryptfile: Place | None = None
    """Encrypted file with the values of ``${secrets.name}``. Default: the user's own."""
    generator_config_filename: Annotated[str, AfterValidator(_single_name)] = "generator.yml"
    """Name of the file in a generator's folder."""


SECTIONS = ("server", "generation", "log", "path")


class Application(Options):
    """Everything that ``eventum run`` reads from its file."""

    server: Annotated[Server, _no_options]
    generation: Annotated[Generation, _no_options]
    log: Annotated[Log, _no_options]
    path: Annotated[Paths, _no_options]
    policy: Literal["trusted", "restricted"] = "trusted"
    """Whether generators may run any code, or only what is known to be harmless."""
    plugins: tuple[str, ...] = ()
    """Python files, relative to the folder of this file, or modules with plugins of your own."""
    _file: Path = PrivateAttr(Path("eventum.yml"))

    @model_validator(mode="before")
    @classmethod
    def _every_section(cls, given: Any) -> Any:
        """Fill in the sections, so that their defaults are placed in the file's folder too."""
        if not isinstance(given, dict):
            return given
        return {**{section: {} for section in SECTIONS}, **given}

    @property
    def file(self) -> Path:
        """The file it was read from."""
        return self._file


def is_loopback(host: str) -> bool:
    """Tell whether an address is reachable from this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def read_application(path: Path) -> Application:
    """Read ``eventum.yml``; raise `ConfigError` with all that is wrong in it."""
    file = YamlFile.read(path, "name the application's file with --config; it may be empty")
    tree = {} if file.tree is None else file.tree
    if not isinstance(tree, dict):
        fix = f"write sections such as {', '.join(SECTIONS)}"
        file.problems.append(Problem("", "must be a mapping", fix=fix))
        tree = {}
    app = file.validated(Application, tree, context={"base": file.path.parent})
    if app is not None:
        app._file = file.path
        file.problems += _unfit(app)
    file.check()
    assert app is not None, "without problems there is an application"
    return app


def _unfit(app: Application) -> Iterator[Problem]:
    """Yield what is wrong beyond the single options, and keep the password out of all texts."""
    server = app.server
    if not server.auth.default:
        remember(server.auth.password.get_secret_value())
    if server.api_enabled and server.auth.default and not server.local:
        yield Problem(
            "server.host",
            "the default password would be open to other machines",
            repr(server.host),
            "set server.auth.password, or use 'host: 127.0.0.1'",
        )
    for name in ("ca_cert", "cert", "cert_key") if server.ssl.enabled else ():
        file = getattr(server.ssl, name)
        if file is not None and not file.is_file():
            yield Problem(f"server.ssl.{name}", "there is no such file", repr(str(file)))
