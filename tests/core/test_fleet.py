"""Many generators in one process: none disturbs another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import pytest
from hosts import ENDED, RUNNING, Gate, Yard, closed, inline, until, write, yard

from eventum_core import Settings
from eventum_core.fleet import (
    DuplicateGenerator,
    Fleet,
    FleetError,
    GeneratorBusy,
    Status,
    UnknownGenerator,
)
from eventum_core.state import SharedState


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Yard]:
    """A fleet in the test's own folder."""
    with yard(tmp_path) as made:
        yield made


def test_one_that_loads_for_ever_delays_no_other(here: Yard) -> None:
    closed("load")
    stuck, good = here.add("stuck", "gate: {load: load}"), here.add("good")
    stuck.begin()
    assert Gate.reached["load"].wait(10)
    assert good.start() is True
    assert stuck.status == Status(is_initializing=True)
    assert here.fleet.stop_all(timeout=0.1) == ["stuck"]
    assert good.status == ENDED


def test_one_that_is_stuck_in_an_event_delays_no_other(here: Yard) -> None:
    closed("event")
    stuck, good = here.add("stuck", "gate: {event: event}"), here.add("good")
    assert stuck.start()
    assert Gate.reached["event"].wait(10)
    assert good.start()
    until(lambda: len(here.lines("good")) >= 3)
    assert here.lines("stuck") == []


def test_all_are_started_and_stopped_together(here: Yard) -> None:
    ids = [here.add(f"web{number}").id for number in range(5)]
    here.add("bad", "nonsense: {}")
    started = here.fleet.start_all([*ids, "bad", "nobody"])
    assert started == (ids, ["bad", "nobody"])
    assert here.fleet.stop_all(["web0", "nobody"]) == []
    assert [here.fleet.get(id).status for id in ids] == [ENDED, *[RUNNING] * 4]
    assert here.fleet.stop_all() == []
    assert {here.fleet.get(id).status for id in ids} == {ENDED}


def test_they_share_globals_and_nothing_else(here: Yard) -> None:
    count = "{% do NAME.set('n', NAME.get('n', 0) + 1) %}{{ NAME.n }}"
    for id, name in (("a", "globals"), ("b", "globals"), ("c", "shared"), ("d", "shared")):
        event = inline(count.replace("NAME", name))
        member = here.add(id, event, repeat=2, live_mode=False)
        assert member.start()
        assert member.join(10)
    found = {id: here.lines(id) for id in "abcd"}
    assert found == {"a": ["1", "2"], "b": ["3", "4"], "c": ["1", "2"], "d": ["1", "2"]}
    assert here.fleet.globals.as_dict() == {"n": 4}


def test_the_globals_may_be_the_hosts() -> None:
    store = SharedState()
    assert Fleet(globals=store).globals is store
    assert Fleet().globals is not Fleet().globals


def test_a_closed_fleet_starts_nothing(here: Yard) -> None:
    first, second = here.add("first"), here.add("second")
    assert first.start()
    assert here.fleet.close() == []
    assert (first.status, second.status) == (ENDED, Status())
    assert here.fleet.start_all(["first", "second"]).running == []


# The register


def test_ids_are_unique_and_known(here: Yard) -> None:
    member = here.add("web")
    assert here.fleet.get("web") is member
    assert ("web" in here.fleet, "shop" in here.fleet) == (True, False)
    with pytest.raises(DuplicateGenerator, match="'web' already"):
        here.add("web")
    for act in (here.fleet.get, here.fleet.remove):
        with pytest.raises(UnknownGenerator, match="no generator 'shop'"):
            act("shop")
    assert here.fleet.members() == [member]


def test_without_an_id_the_folder_is_the_name(here: Yard) -> None:
    member = here.fleet.add(Settings(path=write(here.folder / "shop")))
    assert (member.id, here.fleet.get("shop")) == ("shop", member)


def test_what_is_removed_is_stopped_and_never_starts_again(here: Yard) -> None:
    member = here.add("web")
    assert member.start()
    here.fleet.remove("web")
    assert (member.status, here.fleet.members()) == (ENDED, [])
    with pytest.raises(UnknownGenerator, match="was removed"):
        member.start()
    here.add("web")


def test_settings_can_be_replaced_while_it_does_not_run(here: Yard) -> None:
    member = here.add("web", repeat=3, live_mode=False)
    other = member.settings.model_copy(update={"max_events": 2})
    member.start()
    member.join(10)
    replaced = here.fleet.replace(other)
    assert (here.fleet.get("web"), replaced.status) == (replaced, Status())
    replaced.start()
    replaced.join(10)
    assert len(here.lines("web")) == 5


def test_settings_of_what_runs_stay(here: Yard) -> None:
    member = here.add("web")
    member.start()
    with pytest.raises(GeneratorBusy, match="stop it first"):
        here.fleet.replace(member.settings)
    assert here.fleet.get("web") is member
    member.stop()
    assert member.start()
    with pytest.raises(UnknownGenerator):
        here.fleet.replace(Settings(id="shop", path="x"))


@pytest.mark.parametrize("policy", ["trusted", "restricted"])
def test_no_member_is_trusted_more_than_the_fleet(tmp_path: Path, policy: Any) -> None:
    fleet = Fleet(policy=policy)
    settings = Settings(id="web", path=tmp_path, policy="trusted")
    assert fleet.add(settings).settings.policy == policy
    assert fleet.replace(settings).settings.policy == policy


def test_a_closed_fleet_takes_no_other(here: Yard) -> None:
    member = here.add("web")
    here.fleet.close()
    with pytest.raises(FleetError, match="closed"):
        here.add("shop")
    with pytest.raises(UnknownGenerator, match="was removed"):
        here.fleet.replace(member.settings)


def test_what_is_being_removed_cannot_be_replaced(here: Yard) -> None:
    closed("event")
    member = here.add("web", "gate: {event: event}")
    assert member.start()
    assert Gate.reached["event"].wait(10)
    removing = Thread(target=here.fleet.remove, args=["web"], daemon=True)
    removing.start()
    until(lambda: member.status.is_stopping)
    with pytest.raises(UnknownGenerator, match="was removed"):
        here.fleet.replace(member.settings)
    Gate.gates["event"].set()
    removing.join(10)
    assert here.fleet.members() == []


def test_a_storm_of_requests_breaks_nothing(here: Yard) -> None:
    settings = [here.add(f"web{number}").settings for number in range(3)]
    errors: list[BaseException] = []

    def ask(seed: int) -> None:
        random = Random(seed)
        for _ in range(60):
            one = random.choice(settings)
            try:
                storm(here.fleet, one, random.randrange(7))
            except FleetError:
                continue
            except BaseException as error:
                errors.append(error)

    threads = [Thread(target=ask, args=[seed], daemon=True) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert here.fleet.close() == []


def storm(fleet: Fleet, settings: Settings, what: int) -> object:
    if what == 0:
        return fleet.add(settings)
    if what == 1:
        return fleet.remove(settings.id)
    if what == 2:
        return fleet.replace(settings)
    member = fleet.get(settings.id)
    if what == 3:
        return member.start()
    if what == 4:
        return member.stop()
    if what == 5:
        return member.begin(), member.request_stop(), member.join(0.001)
    return member.status, member.report(), member.error, member.start_time
