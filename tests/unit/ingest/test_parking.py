"""What events need, what they wait for, and how they stand on the log."""

from datetime import date
from typing import Any

import orjson
import pytest

from schemas.event import Event, read_event
from services.ingest.domain.candidate import candidate, parked_candidate
from services.ingest.domain.parking import Directory, Waiting, needs_of, place
from services.ingest.domain.registration import registration_of
from services.ingest.domain.routing import log_record

NIP = "nip:198702232010011001"
EARLY, LATE = "2026-01-01T08:00:00+07:00", "2026-06-01T08:00:00+07:00"


def _event(of: str, subject: str, time: str = LATE, /, **data: Any) -> Event:
    return read_event(
        {"specversion": "1.0", "id": "1", "source": "s", "type": of, "subject": subject, "time": time, "data": data}
    )


def _service(**data: Any) -> Event:
    moments = {"started_at": EARLY, "completed_at": EARLY}
    return _event("service.completed.v1", "unit:U1", case="c", service="ktp", sla_minutes=60, **moments, **data)


def _assignment(subject: str = "employee:E1", **data: Any) -> Event:
    return _event(
        "assignment.started.v1",
        subject,
        unit="U1",
        position="p",
        basis="definitive",
        effective_from="2026-01-01",
        **data,
    )


def _registration(employee: str, *aliases: str, since: str = "2026-01-01") -> Event:
    split = [alias.partition(":") for alias in aliases]
    named = [{"scheme": scheme, "value": value} for scheme, _, value in split]
    return _event("employee.registered.v1", f"employee:{employee}", name="Budi", aliases=named, effective_from=since)


def _directory(*registrations: Event, units: tuple[str, ...] = ()) -> Directory:
    directory = Directory({f"unit:{unit}" for unit in units})
    for event in registrations:
        registration = registration_of(event)
        assert registration
        directory.accept(registration)
    return directory


@pytest.mark.parametrize(
    ("event", "subjects", "aliases"),
    [
        (_service(), ("unit:U1",), ()),
        (_service(employee="E1"), ("unit:U1", "employee:E1"), ()),
        (_service(employee=NIP), ("unit:U1",), (NIP,)),
        (_assignment(), ("employee:E1", "unit:U1"), ()),
        (_assignment(NIP, supervisor="badge:T7/1"), ("unit:U1",), (NIP, "badge:T7/1")),
        (_assignment(supervisor="E9"), ("employee:E1", "unit:U1"), ()),
        (_event("day.closed.v1", "unit:*", date="2026-01-01"), (), ()),
        (_event("source.reported.v1", "source:loket", up_to=EARLY), (), ()),
        (_registration("E1", NIP), (), ()),
        (
            _event("unit.registered.v1", "unit:U1", name="U", kind="k", parent="U0", effective_from="2026-01-01"),
            (),
            (),
        ),
    ],
    ids=lambda value: value.type if isinstance(value, Event) else None,
)
def test_an_event_needs_its_subject_its_unit_its_employee_and_its_aliases(
    event: Event, subjects: tuple[str, ...], aliases: tuple[str, ...]
) -> None:
    """Plain ids of supervisors, raters, owners and parents need not be known; registrations need nothing."""
    needs = needs_of(event.canonical())
    assert (needs.subjects, needs.aliases) == (subjects, aliases)


def test_the_day_of_an_event_is_that_of_its_time_in_jakarta() -> None:
    """17:00 UTC is the next day's midnight there."""
    punch = {"at": EARLY, "direction": "in"}
    days = [
        needs_of(_event("attendance.punched.v1", NIP, time, **punch).canonical()).on
        for time in ("2026-05-31T16:59:59Z", "2026-05-31T17:00:00Z")
    ]
    assert days == [date(2026, 5, 31), date(2026, 6, 1)]


def test_an_event_waits_for_one_missing_thing_after_the_other() -> None:
    """It is placed once nothing is missing."""
    needs = needs_of(_assignment(NIP).canonical())
    registered = _registration("E1", NIP)
    assert place(needs, _directory()) == Waiting(NIP)
    assert place(needs, _directory(registered)) == Waiting("unit:U1")
    assert place(needs, _directory(registered, units=("U1",))) == {NIP: "E1"}


def test_an_alias_that_nobody_holds_yet_on_the_day_is_waited_for() -> None:
    """A registration in force only later does not help."""
    event = _event("attendance.punched.v1", NIP, at=EARLY, direction="in")
    assert place(needs_of(event.canonical()), _directory(_registration("E1", NIP, since="2026-07-01"))) == Waiting(NIP)


def test_on_the_log_every_alias_is_an_employee_id() -> None:
    """The subject gets its prefix, fields in data the bare id; the key is the bare subject."""
    record = log_record(_assignment(NIP, supervisor="badge:T7/1").canonical(), {NIP: "E1", "badge:T7/1": "E2"})
    value = orjson.loads(record.value)
    assert (record.topic, record.key, value["subject"]) == ("kinerja.directory", b"E1", "employee:E1")
    assert value["data"]["supervisor"] == "E2"
    assert b"nip:" not in record.value


def test_names_and_aliases_never_reach_the_log() -> None:
    """Of a registration only the date stands there."""
    registered = _registration("E1", NIP)
    record = candidate(registered.canonical(), registered.canonical(), registration_of(registered)).plain
    assert orjson.loads(record.value)["data"] == {"effective_from": "2026-01-01"}
    assert b"Budi" not in record.value


def test_what_is_parked_comes_back_whole() -> None:
    """Aliases and extensions survive the wait."""
    raw = {**_assignment(NIP, supervisor="badge:T7/1").canonical(), "traceparent": "00-1"}
    parked = candidate(raw, read_event(raw).canonical())
    found = parked_candidate(parked.as_sent)
    resolution = {NIP: "E1", "badge:T7/1": "E2"}
    assert (found.identity, found.needs) == (parked.identity, parked.needs)
    assert found.record(resolution) == log_record(read_event(raw).canonical(), resolution)
    assert orjson.loads(found.record(resolution).value)["traceparent"] == "00-1"


def test_what_was_parked_under_an_older_contract_is_not_judged_again() -> None:
    """An id with a space, a time far ahead, a word that names no type's field any more: it was taken, so it goes on."""
    kept = {
        **_assignment(NIP).canonical(),
        "id": "surat 470",
        "time": "2199-12-31T00:00:00+07:00",
        "data": {**_assignment().canonical()["data"], "grade": "III/a"},
    }
    found = parked_candidate(orjson.dumps(kept))
    assert orjson.loads(found.record({NIP: "E1"}).value) == {**kept, "subject": "employee:E1"}
