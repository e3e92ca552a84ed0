"""The name ``module``: what it finds, what it refuses, and when it looks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError

from eventum_core.events.template.bundled_mimesis import MimesisModule
from eventum_core.events.template.modules import Modules
from eventum_core.events.template.rand import Rand
from eventum_core.plugin import Run


@pytest.fixture
def modules(make_run: Callable[..., Run]) -> Callable[..., Modules]:
    return lambda **changes: Modules(make_run(**changes))


@pytest.fixture
def package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, str], None]]:
    """Give a function that puts a module on the path for the time of a test."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")

    yield write
    for name in [name for name in sys.modules if name.startswith("eventum_made_up_")]:
        del sys.modules[name]


def render(text: str, modules: Modules, environment: type[Environment] = Environment) -> str:
    return environment().from_string(text).render(module=modules)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ module.rand.number.integer(4, 4) }} {{ module['rand'].choice('x') }}", "4 x"),
        ("{{ module.faker.locale.en_US.name() != '' }}", "True"),
        ("{{ module.mimesis.locale.en.text.word() != '' }}", "True"),
        ("{{ module.datetime.timedelta(days=1) }}", "1 day, 0:00:00"),
        ("{{ module['os.path'].basename('a/b') }} {{ module.os.path.basename('a/b') }}", "b b"),
        ("{{ module['urllib.parse'].quote('a b') }}", "a%20b"),
        ("{{ module.hashlib.md5('x'.encode()).hexdigest() }}", "9dd4e461268c8034f5c8564e155c67a6"),
        ("{{ module.nosuch is defined }} {{ module['nosuch'] is defined }}", "False False"),
        (
            "{{ module['os.nosuch'] is defined }} {{ module['os.path.x'] is defined }}",
            "False False",
        ),
        ("{{ module[''] is defined }} {{ module['.os'] is defined }}", "False False"),
        ("{{ module['a b'] is defined }} {{ module[5] is defined }}", "False False"),
        (
            "{{ module.faker.Faker is defined }} {{ module.mimesis.Generic is defined }}",
            "True True",
        ),
    ],
)
def test_lookups_in_templates(modules: Callable[..., Modules], text: str, expected: str) -> None:
    assert render(text, modules()) == expected


def test_using_an_unknown_module_names_it(modules: Callable[..., Modules]) -> None:
    with pytest.raises(Exception, match="nosuch"):
        render("{{ module.nosuch.call() }}", modules())


def test_bundled_names_hide_installed_packages(modules: Callable[..., Any]) -> None:
    found = modules()
    assert isinstance(found.rand, Rand)
    assert type(found.faker).__name__ == "FakerModule"
    assert isinstance(found["mimesis"], MimesisModule)


def test_a_module_is_looked_up_once(modules: Callable[..., Any]) -> None:
    found = modules()
    for name in ("rand", "faker", "random", "math"):
        assert getattr(found, name) is found[name] is getattr(found, name)


def test_a_missing_module_is_looked_for_once(
    modules: Callable[..., Any], package: Callable[[str, str], None]
) -> None:
    found = modules()
    assert not hasattr(found, "eventum_made_up_late_module")
    package("eventum_made_up_late_module", "")
    assert not hasattr(found, "eventum_made_up_late_module")
    assert hasattr(modules(), "eventum_made_up_late_module")


def test_a_modules_own_failure_is_told(
    modules: Callable[..., Modules], package: Callable[[str, str], None]
) -> None:
    package("eventum_made_up_needs_more", "import eventum_not_installed")
    package("eventum_made_up_needs_name", "from math import no_such_name")
    package("eventum_made_up_breaks", "1 / 0")
    package("eventum_made_up_hides", "import math; math.no_such_name")
    with pytest.raises(ImportError, match="no_such_name"):
        render("{{ module.eventum_made_up_hides is defined }}", modules())
    with pytest.raises(ModuleNotFoundError, match="eventum_not_installed"):
        render("{{ module.eventum_made_up_needs_more is defined }}", modules())
    with pytest.raises(ImportError, match="no_such_name"):
        render("{{ module['eventum_made_up_needs_name'] }}", modules())
    with pytest.raises(ZeroDivisionError):
        render("{{ module.eventum_made_up_breaks }}", modules())


@pytest.mark.parametrize(
    "text",
    [
        "{{ module.rand.crypto.uuid4() }}",
        "{{ module.random.randint(1, 10**9) }}",
        "{{ module.uuid.uuid4() }} {{ module.uuid.uuid1() }}",
        "{{ module.secrets.token_hex(4) }}",
        "{{ module.faker.locale.en_US.name() }}",
        "{{ module.mimesis.locale.en.person.full_name() }}",
    ],
)
@pytest.mark.parametrize("policy", ["trusted", "restricted"])
def test_draws_repeat_with_the_run(modules: Callable[..., Modules], text: str, policy: str) -> None:
    first = render(text, modules(policy=policy))
    assert render(text, modules(policy=policy)) == first
    found = modules(policy=policy)
    assert render(text, found) != render(text, found)


def test_seeding_the_random_module_seeds_the_helpers(modules: Callable[..., Modules]) -> None:
    text = "{{ module.random.seed(5) or '' }}{{ module.rand.number.integer(1, 10**9) }}"
    found = modules()
    assert render(text, found) == render(text, found)


def test_mimesis_first_used_in_a_later_block_begins_with_that_block(
    make_run: Callable[..., Run],
) -> None:
    def word(early: bool) -> str:
        run = make_run()
        found: Any = Modules(run)
        if early:
            found.mimesis.locale.en.text.word()
        for enter in list(run.on_block):
            enter(2)
        return str(found.mimesis.locale.en.text.word())

    assert word(early=True) == word(early=False)


def test_heavy_libraries_are_imported_when_a_template_names_them() -> None:
    code = (
        "import sys; import eventum_core.events.template.modules;"
        "print([name for name in ('faker', 'mimesis') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ module.rand.number.integer(4, 4) }}", "4"),
        ("{{ module.datetime.timedelta(hours=2) }}", "2:00:00"),
        ("{{ module.datetime.datetime.fromtimestamp(0, tz=module.datetime.timezone.utc).year }}",
         "1970"),
        ("{{ module.base64.b64encode(module.hashlib.sha1('x'.encode()).digest()).decode() }}",
         "EfatjsUqKYSrqv18O1FlA3hcIHI="),
        ("{{ module.calendar.timegm((1970, 1, 2, 0, 0, 0)) }}", "86400"),
        ("{{ module['urllib.parse'].quote('a b') }} {{ module.urllib.parse.quote('a b') }}",
         "a%20b a%20b"),
        ("{{ module.os is defined }} {{ module['os.path'] is defined }}", "False False"),
        ("{{ module.sys is defined }} {{ module.nosuch is defined }}", "False False"),
        ("{{ module.calendar.sys is defined }} {{ module.json.codecs is defined }}", "False False"),
        ("{{ module.random.Random is defined }} {{ module.re.compile is defined }}", "False True"),
        ("{{ module.faker.Faker is defined }} {{ module.mimesis.builder is defined }}",
         "False False"),
    ],
)  # fmt: skip
def test_the_restricted_policy(modules: Callable[..., Modules], text: str, expected: str) -> None:
    found = modules(policy="restricted")
    assert render(text, found, ImmutableSandboxedEnvironment) == expected


def test_the_restricted_policy_imports_nothing_else(
    modules: Callable[..., Modules], package: Callable[[str, str], None]
) -> None:
    package("eventum_made_up_breaks", "1 / 0")
    found = modules(policy="restricted")
    assert render("{{ module.eventum_made_up_breaks is defined }}", found) == "False"


@pytest.mark.parametrize(
    "text",
    [
        "{{ module._run.base }}",
        "{{ module.__class__.x }}",
        "{{ module._find('os').x }}",
        "{{ module.faker._run.x }}",
        "{{ module.faker.locale._make.x }}",
        "{{ module.rand.choice.__self__.x }}",
        "{{ module.datetime.__dict__.x }}",
    ],
)
def test_a_sandboxed_template_cannot_look_behind(
    modules: Callable[..., Modules], text: str
) -> None:
    with pytest.raises(SecurityError):
        render(text, modules(policy="restricted"), ImmutableSandboxedEnvironment)
