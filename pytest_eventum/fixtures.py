"""The fixtures; everything heavy is imported when one is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from pytest_eventum.session import STREAMS, of

if TYPE_CHECKING:
    from pytest_eventum.backends.base import Backend
    from pytest_eventum.factory import Factory, Workshop
    from pytest_eventum.spec import Target
    from pytest_eventum.stream import Stream


@pytest.fixture(scope="session", name="_eventum_server")
def eventum_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Target | None:
    """Which backend the next tests run on; pytest groups tests by it."""
    of(request.config).factory = tmp_path_factory
    target: Target | None = getattr(request, "param", None)
    return target


@pytest.fixture
def eventum_backend(
    request: pytest.FixtureRequest, _eventum_server: Target | None
) -> Iterator[Backend]:
    """The test's own place for events: `url`, `namespace`, `client()`, `read()`."""
    session = of(request.config)
    with ExitStack() as stack:
        with cleanly():
            target = _eventum_server or session.target(request.node)
            backend = stack.enter_context(session.backend(request.node, target))
        yield backend


@pytest.fixture(name="_eventum_workshop")
def eventum_workshop(
    request: pytest.FixtureRequest, eventum_backend: Backend, _eventum_server: Target | None
) -> Workshop:
    """What makes this test's streams."""
    from pytest_eventum.factory import Workshop

    session = of(request.config)
    target = _eventum_server or session.target(request.node)
    workshop = Workshop(session, request.node, eventum_backend, target)
    request.node.stash[STREAMS] = workshop.streams
    return workshop


@pytest.fixture(name="_eventum_streams")
def eventum_streams(
    request: pytest.FixtureRequest, _eventum_workshop: Workshop
) -> dict[str, Stream]:
    """The streams of this test's markers by name, the closest first, delivered."""
    with cleanly():
        plans = _eventum_workshop.session.plan(request.node).plans
        streams = {plan.name: _eventum_workshop.from_plan(plan) for plan in plans}
        for plan, stream in zip(plans, streams.values(), strict=True):
            stream.beside(streams)
            if plan.wish.autostart is not False:
                stream.deliver()
    return streams


@pytest.fixture
def eventum(_eventum_streams: dict[str, Stream]) -> Stream:
    """The stream of the closest `eventum` marker; others by name: ``eventum["name"]``."""
    if not _eventum_streams:
        pytest.fail("the fixture 'eventum' needs @pytest.mark.eventum(generator)", pytrace=False)
    return next(iter(_eventum_streams.values()))


@pytest.fixture
def eventum_factory(
    request: pytest.FixtureRequest, _eventum_workshop: Workshop
) -> Iterator[Factory]:
    """Call it for more streams, from a file or from a template written in the test."""
    from pytest_eventum.factory import Factory

    with cleanly():
        base = _eventum_workshop.session.plan(request.node).base
    with ExitStack() as stack:
        yield Factory(_eventum_workshop, base, stack)


@pytest.fixture
def eventum_seed(request: pytest.FixtureRequest) -> int:
    """The seed of this test's closest stream, else one of the test's own, for any other use."""
    session = of(request.config)
    with cleanly():
        plans = session.plan(request.node).plans
    if plans:
        return session.seed(request.node, plans[0].name, "stream", plans[0].wish.seed)
    return session.seed(request.node, "", "test", None)


class cleanly:  # reads as the word it is: with cleanly()
    """Turn what a person can mend into an error of set-up without a traceback."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is not None and _mendable(error):
            from eventum_core import redact

            raise pytest.fail.Exception(redact(str(error)), pytrace=False) from None


def _mendable(error: BaseException) -> bool:
    from pytest_eventum.marks import MarkError

    if isinstance(error, MarkError):
        return True
    from eventum_core import EventumError

    return isinstance(error, EventumError)
