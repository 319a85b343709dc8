"""What must hold of the oracle, and of the random histories, whatever the history."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.event import read_event
from tests.support.event_builders import closed, event
from tests.support.histories import (
    TOWN,
    VILLAGE,
    World,
    arrivals,
    as_let_in,
    as_sent,
    histories,
    random_arrivals,
    random_history,
    recorded,
)
from tests.support.histories.contents import KEYS
from tests.support.oracle import EMPLOYEE_MEASURES, Event, Oracle, totals
from tests.support.oracle.attendance import distance
from tests.support.oracle.log import REGISTRATIONS, bare, instant

ATTENDANCE = EMPLOYEE_MEASURES[:3]
RATIOS = ("attendance.presence", "attendance.punctuality", "service.timeliness", "complaint.timeliness")
LIFE = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def everything(oracle: Oracle, world: World = VILLAGE) -> dict[str, Any]:
    """All that a reader can be told about a world."""
    told: dict[str, Any] = {"coverage": oracle.coverage(), "units": oracle.units(world.first)}
    for code in world.units:
        told[f"unit:{code}"] = oracle.unit_measures(code, world.first, world.last)
    for employee in world.people:
        told[f"employee:{employee}"] = oracle.employee_measures(employee, world.first, world.last)
    return told


def with_arrivals(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[list[Event], list[Event]]:
    """A history, and the same in another order with duplicates."""
    history = draw(histories(most=40))
    return history, draw(arrivals(history))


@LIFE
@given(st.composite(with_arrivals)())
def test_neither_order_nor_duplication_matters(lives: tuple[list[Event], list[Event]]) -> None:
    """Any arrival of one history is told alike."""
    history, arrived = lives
    assert everything(Oracle(arrived)) == everything(Oracle(history))


@pytest.mark.parametrize("seed", range(5))
def test_order_does_not_matter_in_a_long_history_either(seed: int) -> None:
    """The same for a town and hundreds of events."""
    history = random_history(seed, 800)
    arrived = random_arrivals(seed, history, duplicates=200)
    assert everything(Oracle(arrived), TOWN) == everything(Oracle(history), TOWN)


@LIFE
@given(histories())
def test_what_is_rightly_voided_might_never_have_been(history: list[Event]) -> None:
    """Without the voided events and without all voids, contests, ratings and actions, the same is told."""
    inert = ("event.", "contest.", "rating.", "action.", "result.")
    counting = [event for event in Oracle(history).counting if not event["type"].startswith(inert)]
    assert everything(Oracle(counting)) == everything(Oracle(history))


@LIFE
@given(histories())
def test_parts_are_within_their_wholes(history: list[Event]) -> None:
    """No ratio exceeds one, nothing is negative, and nobody is late by more than two days."""
    oracle = Oracle(history)
    for code in VILLAGE.units:
        for measures in oracle.unit_measures(code, VILLAGE.first, VILLAGE.last).values():
            assert all(0 <= measures[name][1] <= measures[name][0] for name in RATIOS)
            answers, points = measures["service.satisfaction"]
            assert 9 * answers <= points <= 36 * answers
            late, minutes = measures["attendance.late_minutes"]
            assert late == measures["attendance.punctuality"][0]
            assert 0 <= minutes <= late * 2 * 24 * 60


@LIFE
@given(histories())
def test_a_root_over_everything_has_what_its_people_and_units_have(history: list[Event]) -> None:
    """Where every unit is always under one root, its attendance is its people's and no service is missing."""
    tree = [event for event in history if event["type"] != "unit.registered.v1"]
    tree += [unit_under_root(code) for code in VILLAGE.units] + [unit_under_root("root", None)]
    oracle = Oracle(tree)
    wide = VILLAGE.first - timedelta(days=9), VILLAGE.last + timedelta(days=9)
    root = totals(oracle.unit_measures("root", *wide))
    people = [totals(oracle.employee_measures(employee, *wide)) for employee in VILLAGE.people]
    for name in ATTENDANCE:
        assert root[name] == (sum(one[name][0] for one in people), sum(one[name][1] for one in people))
    done = Counter(event["type"] for event in oracle.counting)
    assert root["service.timeliness"][0] == done["service.completed.v1"]
    assert root["service.satisfaction"][0] == done["survey.answered.v1"]
    assert all(root[name] == summed(oracle, name, wide) for name in ("service.timeliness", "complaint.timeliness"))


def unit_under_root(code: str, parent: str | None = "root") -> Event:
    """A unit that is, and always was, right under the root."""
    data = {"name": code, "kind": "seksi", "effective_from": "2026-01-01"} | ({"parent": parent} if parent else {})
    return event("unit.registered.v1", f"unit:{code}", data, source="tree")


def summed(oracle: Oracle, name: str, span: tuple[Any, Any]) -> tuple[int, int]:
    """A measure of all units of the village together."""
    counts = [totals(oracle.unit_measures(code, *span))[name] for code in VILLAGE.units]
    return sum(n for n, _ in counts), sum(total for _, total in counts)


@LIFE
@given(histories())
def test_closing_a_day_reveals_absence_and_touches_no_arrival(history: list[Event]) -> None:
    """With the whole window closed, presence only grows; punctuality and services stay."""
    days = [VILLAGE.first + timedelta(days=later) for later in range(VILLAGE.days)]
    before, after = Oracle(history), Oracle([*history, *(closed("*", day.isoformat()) for day in days)])
    for code in VILLAGE.units:
        earlier = before.unit_measures(code, days[0], days[-1])
        later = after.unit_measures(code, days[0], days[-1])
        for day in days:
            for name in ("attendance.punctuality", "attendance.late_minutes", "service.timeliness"):
                assert later[day][name] == earlier[day][name]
            for name in ("attendance.presence", "complaint.timeliness"):
                assert later[day][name][0] >= earlier[day][name][0]


@LIFE
@given(histories(most=40), st.data())
def test_known_at_is_the_oracle_of_a_prefix(history: list[Event], data: st.DataObject) -> None:
    """What was known at a moment is what the events recorded by then tell, duplicates later or not."""
    log = recorded(as_let_in(data.draw(arrivals(history))))
    moment = data.draw(st.sampled_from([recorded_at for _, recorded_at in log]))
    prefix = [event for event, recorded_at in log if recorded_at <= moment]
    assert everything(Oracle.known_at(log, moment)) == everything(Oracle(prefix))
    assert everything(Oracle.known_at(log, log[-1][1])) == everything(Oracle(history))


@LIFE
@given(histories())
def test_histories_are_valid(history: list[Event]) -> None:
    """One content per identity, every subject registered, no service that ends before it starts, no void of voids."""
    assert len({(event["source"], event["id"]) for event in history}) == len(history)
    registered = {event["subject"] for event in history if event["type"] in REGISTRATIONS}
    for one in history:
        kind, _, named = one["subject"].partition(":")
        assert kind == "source" or named == "*" or one["subject"] in registered
        assert instant(one["time"]).utcoffset() is not None
        if one["type"] == "service.completed.v1":
            assert instant(one["data"]["completed_at"]) >= instant(one["data"]["started_at"])
        if one["type"] == "event.voided.v1":
            assert one["data"]["voided"]["type"] not in (*REGISTRATIONS, "event.voided.v1")


@pytest.mark.parametrize("world", [VILLAGE, TOWN])
def test_histories_pass_the_contract_and_mean_the_same_on_the_log(world: World) -> None:
    """Ingest would let every event in, and what it would put on the log is told alike."""
    history = random_history(3, 600, world)
    canonical = [read_event(as_sent(event)).canonical() for event in history]
    assert everything(Oracle(canonical), world) == everything(Oracle(history), world)


def test_a_seed_repeats_its_history() -> None:
    """The same seed gives the same events, another seed others; the size is met within one step."""
    assert random_history(7, 500) == random_history(7, 500)
    assert random_history(7, 500) != random_history(8, 500)
    assert 3000 <= len(random_history(1, 3000)) <= 3006


def test_histories_reach_the_edges_they_are_made_for() -> None:
    """Over a few seeds: every measure, nights, exact middles, ties of `time`, voids right and wrong, zones."""
    seen: Counter[str] = Counter()
    for seed in range(12):
        history = random_history(seed, 300, VILLAGE)
        oracle = Oracle(history)
        for code in VILLAGE.units:
            for name, (n, _) in totals(oracle.unit_measures(code, VILLAGE.first, VILLAGE.last)).items():
                seen[name] += n
        minutes = [minute for punches in oracle.attendance.punches.values() for _, minute in punches]
        seen["moved punch"] += sum(minute >= 24 * 60 for minute in minutes)
        seen["exact middle"] += sum(in_the_middle(oracle, event) for event in oracle.counting)
        voids = sum(event["type"] == "event.voided.v1" for event in history)
        seen["voided"] += len(history) - len(oracle.counting)
        seen["void without effect"] += voids - (len(history) - len(oracle.counting))
        seen["tie"] += ties(oracle.counting)
        noon = instant("2026-03-09T12:00:00Z")
        seen["zones"] += len({oracle.directory.wall_time_at(code, noon).hour for code in VILLAGE.units}) - 1
    edges = ("moved punch", "exact middle", "voided", "void without effect", "tie", "zones")
    assert not [name for name in (*RATIOS, *EMPLOYEE_MEASURES, *edges) if seen[name] < 5], seen


def in_the_middle(oracle: Oracle, event: Event) -> bool:
    """Whether a punch lies exactly between a night's end and the next start."""
    if event["type"] != "attendance.punched.v1":
        return False
    employee = bare(event["subject"])
    wall = oracle.directory.wall_time_of(employee, instant(event["data"]["at"]))
    night = oracle.attendance.hours(employee, wall.date() - timedelta(days=1))
    own = oracle.attendance.hours(employee, wall.date())
    if night is None or own is None or not night.over_midnight:
        return False
    return distance(wall.time(), night.end) == distance(wall.time(), own.start)


def ties(counting: list[Event]) -> int:
    """How often two registers of one key have the same `time`."""
    registers: Counter[tuple[Any, ...]] = Counter()
    for one in counting:
        if one["type"] in KEYS:
            key = (one["data"][name] for name in KEYS[one["type"]])
            registers[one["type"], one["subject"], *key, instant(one["time"])] += 1
    return sum(count - 1 for count in registers.values())
