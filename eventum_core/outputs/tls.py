"""What outputs over TLS have in common: whom to trust, and who we are."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

from pydantic import model_validator

from eventum_core.errors import ConfigError, Problem
from eventum_core.plugin import Plugin


class Tls(Plugin):
    """Options of an output that may speak TLS."""

    verify: bool = True
    """Whether to check the server's certificate and name."""
    ca_cert: Path | None = None
    """File of certificates (PEM) to trust besides those of the system."""
    client_cert: Path | None = None
    """File of our own certificate (PEM); needs `client_cert_key`."""
    client_cert_key: Path | None = None
    """File of its key (PEM)."""

    @model_validator(mode="after")
    def _paired(self) -> Tls:
        if (self.client_cert is None) != (self.client_cert_key is None):
            raise ValueError("client_cert and client_cert_key belong together: give both or none")
        return self

    def check(self, base: Path) -> None:
        """Raise `ConfigError` for every certificate file that cannot be used."""
        if problems := list(self._unusable(base)):
            raise ConfigError(problems)

    def context(self, base: Path) -> ssl.SSLContext:
        """Return the settings of TLS; raise `OSError` where a file cannot be used."""
        context = ssl.create_default_context()
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self._load_authorities(context, base)
        self._load_identity(context, base)
        return context

    def _unusable(self, base: Path) -> Iterator[Problem]:
        files = {"ca_cert": self._load_authorities, "client_cert": self._load_identity}
        for option, load in files.items():
            try:
                load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), base)
            except OSError as error:
                reason = error.strerror or error
                yield Problem(option, f"cannot use it: {reason}", str(getattr(self, option)))

    def _load_authorities(self, context: ssl.SSLContext, base: Path) -> None:
        if self.ca_cert is not None:
            context.load_verify_locations(base / self.ca_cert)

    def _load_identity(self, context: ssl.SSLContext, base: Path) -> None:
        if self.client_cert is not None and self.client_cert_key is not None:
            context.load_cert_chain(base / self.client_cert, base / self.client_cert_key)
