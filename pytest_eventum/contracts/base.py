"""What all contracts have in common: options, the folder they are used in, and their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, NoReturn
from zoneinfo import ZoneInfo

import pytest
import yaml

from eventum_core import ConfigError, Generator, Registry, Run, Seeds, option_docs

LEFT_OUT = ...
"""In `Contract.invalid`: this option is not given at all."""
_STRANGE = "no_such_option"


class Contract:
    """Subclass one of the contracts in a test module, and say what is to be tested."""

    plugin: ClassVar[type[Any]]
    """The plugin's class."""
    options: ClassVar[Mapping[str, Any] | Sequence[Mapping[str, Any]]] = {}
    """Valid options as a file would hold them; of several, each is put to the test."""
    invalid: ClassVar[Sequence[Mapping[str, Any]]] = ()
    """Changes to the (first) valid options, each of which must be refused by name. The value
    ``...`` leaves an option out."""
    now: ClassVar[str] = "2026-01-05T12:00:00+00:00"
    """The moment of all runs."""

    def prepare(self, folder: Path) -> Mapping[str, Any] | None:
        """Make what the options name, such as files, in the generator's folder.

        What is returned is added to the options: the address of a server, say.
        """
        return None

    def document(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return a generator that uses the plugin."""
        raise NotImplementedError

    place: ClassVar[str]
    """Where the plugin stands in that document, ``{}`` being its name."""
    role: ClassVar[str]
    """Its random stream in a run of that document."""
    helpers: ClassVar[Sequence[type[Any]]] = ()
    """Plugins that the document uses beside the tested one."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give each test all valid or all invalid options, one at a time."""
        if not hasattr(self, "plugin"):
            told = f"{type(self).__name__}: set `plugin` to the class to test"
            raise pytest.Collector.CollectError(told)
        if "given" in metafunc.fixturenames:
            _parametrize(metafunc, "given", self._valid())
        if "change" in metafunc.fixturenames:
            _parametrize(metafunc, "change", [{_STRANGE: 1}, *self.invalid])

    def _valid(self) -> list[Mapping[str, Any]]:
        return [self.options] if isinstance(self.options, Mapping) else list(self.options)

    @pytest.fixture
    def given(self, request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
        """Valid options, and what they name is there."""
        return self._complete(getattr(request, "param", self._valid()[0]), tmp_path)

    @pytest.fixture
    def change(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        """What makes the first valid options invalid."""
        return dict(request.param)

    @pytest.fixture
    def made(self, given: dict[str, Any], tmp_path: Path) -> Any:
        """The plugin with valid options."""
        generator = self.generator(given, tmp_path)
        return self.within(generator)

    def test_it_is_explained(self) -> None:
        """The class and every option has a docstring: help, schema and reference are made of it."""
        if not (self.plugin.__doc__ or "").strip():
            self.broken("the class has no docstring")
        options = self.plugin.model_fields
        explained = option_docs(self.plugin)  # type: ignore[arg-type] # a class can be hashed
        if silent := [name for name in options if name not in explained]:
            self.broken(f"no docstring stands below the options {', '.join(silent)}")

    def test_it_is_found_by_its_name(self) -> None:
        """The registry accepts the class, and a file would get it."""
        found = Registry(self.plugin).get(self.plugin.kind, self.plugin.name)
        if found is not self.plugin:
            self.broken(f"the name {self.plugin.name!r} leads to {found.__name__}")

    def test_a_file_may_name_it(self, given: dict[str, Any], tmp_path: Path) -> None:
        """Loaded from YAML, the plugin is the same as made from the same options in Python."""
        try:
            text = yaml.safe_dump(self.document(given), allow_unicode=True)
        except yaml.YAMLError as error:
            self.broken(f"the contract's options must be what YAML can hold: {error}")
        file = tmp_path / "generator.yml"
        file.write_text(text, "utf-8")
        try:
            loaded = Generator.from_file(file, plugins=self._plugins(), **self._settings())
        except ConfigError as error:
            self.broken(f"a file with valid options is refused: {error}")
        if self.within(loaded) != self.within(self.generator(given, tmp_path)):
            self.broken("two plugins of the same options are not equal")

    def test_its_options_are_frozen(self, made: Any) -> None:
        """Nothing of a plugin changes: what does during a run is a local of its method."""
        name = next(iter(type(made).model_fields), "anything")
        try:
            setattr(made, name, getattr(made, name, 1))
        except (ValueError, TypeError, AttributeError):
            return
        self.broken(f"the option {name} can be assigned; leave `frozen` as it is")

    def test_invalid_options_are_refused(self, change: dict[str, Any], tmp_path: Path) -> None:
        """What makes no sense is told before a run, with the path of the option."""
        options = {**self._first(tmp_path), **change}
        options = {name: value for name, value in options.items() if value is not LEFT_OUT}
        try:
            self._loaded(options, tmp_path)
        except ConfigError as error:
            self._check_problems(error, change)
        else:
            self.broken(f"{change} is accepted")

    def _check_problems(self, error: ConfigError, change: Mapping[str, Any]) -> None:
        place = self.place.format(self.plugin.name)
        for problem in error.problems:
            inside = problem.path.removeprefix(place)
            if not problem.path.startswith(place):
                self.broken(f"{change} is told as a problem of {problem.path or 'the file'}")
            if inside and not any(inside.startswith(f".{name}") for name in change):
                self.broken(f"{change} is told as a problem of {inside[1:]}: {problem.message}")
            if not problem.message.strip():
                self.broken(f"{change} is refused without a word")

    def generator(self, given: Mapping[str, Any], folder: Path, **settings: Any) -> Generator:
        """Return a generator with the plugin in it, in sample mode, of a fixed seed and now."""
        try:
            return self._loaded(given, folder, **settings)
        except ConfigError as error:
            self.broken(f"valid options are refused: {error}")

    def within(self, generator: Generator) -> Any:
        """Return the plugin of a generator."""
        raise NotImplementedError

    def run_in(
        self,
        folder: Path,
        seed: int = 1,
        zone: str = "UTC",
        start: datetime | None = None,
        skip_past: bool = False,
    ) -> Run:
        """Return a run for a plugin that is called directly."""
        now = datetime.fromisoformat(self.now).astimezone(ZoneInfo(zone))
        return Run(
            generator="contract",
            now=now,
            start=start.astimezone(ZoneInfo(zone)) if start else now,
            zone=ZoneInfo(zone),
            seeds=Seeds(seed, "contract"),
            base=folder,
            live=skip_past,
            skip_past=skip_past,
            role=self.role,
            random=Seeds(seed, "contract").random(self.role),
        )

    def broken(self, what: str) -> NoReturn:
        """Fail: a rule is broken."""
        pytest.fail(f"{self.plugin.__name__}: {what}", pytrace=False)

    def _first(self, folder: Path) -> dict[str, Any]:
        """Return the first valid options, and make what they name."""
        return self._complete(self._valid()[0], folder)

    def _complete(self, options: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        return {**options, **(self.prepare(folder) or {})}

    def _loaded(self, given: Mapping[str, Any], folder: Path, **settings: Any) -> Generator:
        settings = self._settings() | settings
        document = self.document(given)
        return Generator.from_mapping(document, base=folder, plugins=self._plugins(), **settings)

    def _plugins(self) -> list[type[Any]]:
        return [self.plugin, *self.helpers]

    def _settings(self) -> dict[str, Any]:
        return {"seed": 1, "now": self.now, "id": "contract", "live_mode": False}


def _parametrize(metafunc: pytest.Metafunc, name: str, sets: Sequence[Mapping[str, Any]]) -> None:
    ids = [", ".join(f"{k}={v}" for k, v in one.items())[:40] or "defaults" for one in sets]
    metafunc.parametrize(name, [dict(one) for one in sets], ids=ids, indirect=True)
