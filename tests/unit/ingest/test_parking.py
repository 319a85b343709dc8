"""What events need before they may stand on the log."""

from datetime import date

import pytest

from schemas.event import read_event
from services.ingest.domain.candidate import candidate
from services.ingest.domain.parking import Directory, Needs, Resolution, Waiting, needs_of, place
from tests.support.event_builders import answer, assigned, closed, event, punch, schedule, service, unit, void
from tests.support.ingest import punched, registered
from tests.support.oracle import Event

NIP = "nip:198703142010011001"
OWNED = {"action": "a-1", "kind": "coaching", "owner": "E7"}


def needs(raw: Event) -> Needs:
    return needs_of(read_event(raw))


def knowing(*registrations: Event) -> Directory:
    directory = Directory()
    for raw in registrations:
        registration = candidate(raw, read_event(raw)).registration
        assert registration
        directory.accept(registration)
    return directory


def placed(raw: Event, *registrations: Event) -> Resolution | Waiting:
    return place(needs(raw), knowing(*registrations))


@pytest.mark.parametrize(
    ("raw", "subjects", "aliases"),
    [
        (punch("E1", "2026-01-05T07:30"), ["employee:E1"], []),
        (punched("badge:T7/12"), [], ["badge:T7/12"]),
        (assigned("E1", "U1"), ["employee:E1", "unit:U1"], []),
        (service("U1", "2026-01-05T08:00:00", "2026-01-05T09:00:00", 60, "E1"), ["unit:U1", "employee:E1"], []),
        (service("U1", "2026-01-05T08:00:00", "2026-01-05T09:00:00", 60, NIP), ["unit:U1"], [NIP]),
        (answer("U1", "2026-01-05T08:00:00", "444444444"), ["unit:U1"], []),
        (schedule("*", {"mon": "07:30-16:00"}), [], []),
        (schedule("U1", {"mon": "07:30-16:00"}), ["unit:U1"], []),
        (closed("*", "2026-01-05"), [], []),
        (event("source.reported.v1", "source:T7", {"up_to": "2026-01-05T08:00:00+07:00"}), [], []),
        (event("action.recorded.v1", "unit:U1", OWNED), ["unit:U1"], []),
        (event("action.recorded.v1", "unit:U1", OWNED | {"owner": NIP}), ["unit:U1"], [NIP]),
        (void(punch("E1", "2026-01-05T07:30")), ["employee:E1"], []),
        (void(punched("badge:T7/12")), [], ["badge:T7/12"]),
        (unit("U1", parent="U0"), [], []),
        (registered("E1", NIP), [], []),
    ],
    ids=lambda value: f"{value['type']} of {value['subject']}" if isinstance(value, dict) else "",
)
def test_an_event_needs_its_subject_its_unit_its_employee_and_a_holder_of_each_alias(
    raw: Event, subjects: list[str], aliases: list[str]
) -> None:
    """Plain ids of parent, supervisor, rater and owner need not be known; a registration needs nothing."""
    found = needs(raw)
    assert (list(found.subjects), list(found.aliases)) == (subjects, aliases)


def test_the_day_of_an_event_is_the_date_of_its_time_in_jakarta() -> None:
    """Half past midnight in Jayapura is still the evening before in Jakarta."""
    assert needs(punched("badge:T7/12", time="2026-01-06T00:30:00+09:00")).on == date(2026, 1, 5)
    assert needs(punched("badge:T7/12", time="2026-01-05T17:00:00Z")).on == date(2026, 1, 6)


def test_an_event_waits_until_all_it_needs_is_known() -> None:
    """It is placed only when neither its unit nor its person is missing, in whatever order they came."""
    raw = service("U1", "2026-01-05T08:00:00", "2026-01-05T09:00:00", 60, "E1")
    assert placed(raw) == Waiting("unit:U1")
    assert placed(raw, unit("U1")) == Waiting("employee:E1")
    assert placed(raw, registered("E1")) == Waiting("unit:U1")
    assert placed(raw, registered("E1"), unit("U1")) == {}


def test_an_alias_resolves_to_who_held_it_that_day() -> None:
    """Before the change of hands to the first holder, from that day on to the second, before both to nobody."""
    hands = registered("E1", "badge:T7/12"), registered("E2", "badge:T7/12", since="2026-03-01")
    found = [placed(punched("badge:T7/12", time=f"{day}T08:00:00+07:00"), *hands) for day in _DAYS]
    assert found == [Waiting("badge:T7/12"), {"badge:T7/12": "E1"}, {"badge:T7/12": "E1"}, {"badge:T7/12": "E2"}]


_DAYS = "2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01"


def test_a_unit_and_an_employee_of_one_name_are_not_confused() -> None:
    """A registered unit X does not make a person X known."""
    assert placed(punched("employee:X"), unit("X")) == Waiting("employee:X")
