"""
One record of a canonical topic as the journal keeps it.

Reading is total: what is no event becomes a record with a fault, so that nothing on the log can stop the fold.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b, sha256
from typing import Any

import msgspec

from services.scoring.domain.attendance import natural_day
from services.scoring.domain.directory import FIRST_DAY, LAST_DAY
from services.scoring.domain.facts import (
    UNKNOWN_TYPE,
    AssignmentStarted,
    CalendarDaySet,
    ComplaintReceived,
    ComplaintResolved,
    DayClosed,
    DayRecorded,
    EmployeeRegistered,
    Event,
    LeaveGranted,
    Poison,
    Punched,
    ScheduleSet,
    ServiceCompleted,
    SourceReported,
    SurveyAnswered,
    UnitRegistered,
    decode,
)

DIRECTORY_PARTITION = -1
"""The journal's number for the directory's only partition."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_FAULT = 1_000

_SUBJECTS = {
    "employee": ("employee:",),
    "assignment": ("employee:",),
    "attendance": ("employee:",),
    "rating": ("employee:",),
    "unit": ("unit:",),
    "schedule": ("unit:",),
    "calendar": ("unit:",),
    "day": ("unit:",),
    "service": ("unit:",),
    "survey": ("unit:",),
    "complaint": ("unit:",),
    "source": ("source:",),
}
_ANY_SUBJECT = ("employee:", "unit:", "source:")


_DAYS_BESIDE: dict[type, Callable[[Any], tuple[date | None, ...]]] = {
    UnitRegistered: lambda fact: (fact.effective_from,),
    EmployeeRegistered: lambda fact: (fact.effective_from,),
    ScheduleSet: lambda fact: (fact.effective_from,),
    AssignmentStarted: lambda fact: (fact.effective_from, fact.effective_to),
    CalendarDaySet: lambda fact: (fact.date,),
    DayClosed: lambda fact: (fact.date,),
    SourceReported: lambda fact: (natural_day(fact.up_to),),
}
"""The dates of facts that nothing is searched by."""


class Keys(msgspec.Struct, frozen=True, gc=False):
    """By what a fact is found again: see the columns of the journal."""

    day: date | None = None
    last_day: date | None = None
    named: str | None = None
    key: str | None = None


_NO_KEYS = Keys()


class Record(msgspec.Struct, frozen=True, gc=False):
    """
    A record with its place; *event*, *identity* and *keys* are there unless it has a *fault*.

    *milliseconds*: append time since 1970. *identity*: see `identity_of`.
    """

    partition: int
    offset: int
    milliseconds: int
    payload: bytes | None
    event: Event | None
    identity: bytes | None
    keys: Keys
    fault: str | None = None

    @property
    def is_for_later(self) -> bool:
        """Whether it is an event of a type that only a newer program knows: it waits in the journal for that one."""
        return is_for_later(self.fault)

    @property
    def recorded_at(self) -> datetime:
        """When the log took the record in."""
        return _EPOCH + timedelta(milliseconds=self.milliseconds)


def is_for_later(fault: str | None) -> bool:
    """Say whether a record with this fault waits for a program that knows its type, and is not malformed."""
    return fault is not None and fault.startswith(UNKNOWN_TYPE)


def identity_of(source: str, event_id: str) -> bytes:
    """Return the 16-byte name of (source, id); lengths are part of it, so no two pairs run together."""
    encoded = source.encode("utf-8", "surrogatepass")
    named = len(encoded).to_bytes(4) + encoded + event_id.encode("utf-8", "surrogatepass")
    return blake2b(named, digest_size=16).digest()


def read_record(partition: int, offset: int, milliseconds: int, payload: bytes | None) -> Record:
    """Read a record of the log; never raises for what the record holds."""
    try:
        event = decode(payload)
        _check_subject(event)
        keys = _keys(event)
        if payload and rb"\u0000" in payload:
            _check_nul(event, keys)
    except Poison as exc:
        return faulty_record(partition, offset, milliseconds, payload, str(exc))
    return Record(partition, offset, milliseconds, payload, event, identity_of(event.source, event.id), keys)


def faulty_record(partition: int, offset: int, milliseconds: int, payload: bytes | None, fault: str) -> Record:
    """Return a record that counts for nothing, without looking into it."""
    return Record(partition, offset, milliseconds, payload, None, None, _NO_KEYS, _kept_text(fault))


def _kept_text(said: str) -> str:
    """Return text that a database takes: without NUL and halves of characters, and not without end."""
    return said[:_LONGEST_FAULT].encode("utf-8", "replace").decode().replace("\x00", "?")


def is_as_folded(payload: bytes | None, kept: bytes | None, identity: bytes | None) -> bool:
    """Say whether a record of the log is the one whose row in the journal has *kept*, or as a duplicate *identity*."""
    if kept is not None or identity is None:
        return payload == kept
    return read_record(0, 0, 0, payload).identity == identity


def _check_subject(event: Event) -> None:
    prefixes = _SUBJECTS.get(event.type.partition(".")[0], _ANY_SUBJECT)
    if not event.subject.startswith(prefixes):
        raise Poison(f"the subject of {event.type} begins with {' or '.join(prefixes)}")


def _check_nul(event: Event, keys: Keys) -> None:
    """Refuse what PostgreSQL cannot keep; JSON writes NUL only as an escape."""
    if any("\x00" in text for text in (event.id, event.source, event.type, event.subject)):
        raise Poison("an attribute contains NUL")
    target = event.voids
    if any("\x00" in text for text in (keys.named, keys.key, target and target[0]) if text):
        raise Poison("a code contains NUL")


def _keys(event: Event) -> Keys:
    try:
        keys = _keys_of(event.fact)
        beside = _DAYS_BESIDE.get(type(event.fact))
        days = (keys.day, keys.last_day) if beside is None else beside(event.fact)
    except (OverflowError, ValueError) as exc:
        raise Poison(f"a date out of range: {exc}") from exc
    if not FIRST_DAY.year <= event.time.year <= LAST_DAY.year:
        raise Poison(f"a time outside {FIRST_DAY.year}..{LAST_DAY.year}")
    for day in days:
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            raise Poison(f"a date outside {FIRST_DAY}..{LAST_DAY}")
    return keys


def _keys_of(fact: object) -> Keys:
    match fact:
        case Punched():
            return Keys(natural_day(fact.at))
        case DayRecorded():
            return Keys(fact.date)
        case LeaveGranted():
            return Keys(fact.first, fact.last)
        case ServiceCompleted():
            return Keys(natural_day(fact.completed_at), named=fact.employee)
        case SurveyAnswered():
            return Keys(natural_day(fact.answered_at), named=fact.employee)
        case ComplaintReceived():
            return Keys(natural_day(fact.due_at), key=fact.complaint)
        case ComplaintResolved():
            return Keys(natural_day(fact.resolved_at), key=fact.complaint)
        case AssignmentStarted():
            return Keys(named=fact.unit)
    return _NO_KEYS


def chained(previous: bytes, record: Record) -> bytes:
    """
    Return the hash of a record and of everything before it in its partition.

    SHA-256 over the previous hash, offset and append time in milliseconds (8 bytes each, big-endian) and the bytes.
    """
    head = record.offset.to_bytes(8) + record.milliseconds.to_bytes(8)
    return sha256(previous + head + (record.payload or b"")).digest()
