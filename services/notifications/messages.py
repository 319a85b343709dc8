"""What notifications reads from the log: changed unit-days, and the few directory events that name units and heads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from schemas.fields import FIRST_YEAR, LAST_YEAR
from schemas.measures import Count, Measure
from schemas.registry import EVENT_TYPES
from schemas.upcasting import newest
from services.kit.errors import Malformed
from services.notifications.domain.heads import Headship
from services.notifications.domain.units import UnitVersion

WATCHED = frozenset(
    {"attendance.presence", "attendance.punctuality", "service.timeliness", "service.satisfaction"},
)


Word = Annotated[str, Meta(max_length=256)]
"""What an index of the database may hold."""


class UnknownType(Malformed):
    """A directory event of a type or version that this program does not know; one that knows it can fold it."""


class UnitDayChanged(msgspec.Struct, frozen=True):
    """One message of `kinerja.measures`: absolute values of a unit's own people and services."""

    unit: Word
    day: date
    closed: bool
    revision: Count
    measures: dict[str, Measure]

    def watched(self) -> dict[str, Measure]:
        """Return the measures that streams are made of."""
        return {name: measure for name, measure in sorted(self.measures.items()) if name in WATCHED}


@dataclass(frozen=True, slots=True)
class UnitRegistered:
    """A unit's registration, with its rank among those of one effective date."""

    version: UnitVersion
    time: datetime
    source: str
    id: str


@dataclass(frozen=True, slots=True)
class HeadshipVoided:
    """A void of an assignment; it counts if *employee*, *source* and *id* are the assignment's."""

    employee: str
    source: str
    id: str


DirectoryEvent = UnitRegistered | Headship | HeadshipVoided


class _Envelope(msgspec.Struct, frozen=True):
    type: str
    source: Word
    id: Word
    subject: Word
    time: Annotated[datetime, Meta(tz=True)]
    data: msgspec.Raw


class _Unit(msgspec.Struct, frozen=True):
    name: str
    kind: Word
    effective_from: date
    parent: Word | None = None


class _Assignment(msgspec.Struct, frozen=True):
    unit: Word
    basis: str
    effective_from: date
    effective_to: date | None = None
    head: bool = False


class _Target(msgspec.Struct, frozen=True):
    type: str
    source: Word
    id: Word


class _Void(msgspec.Struct, frozen=True):
    voided: _Target


ASSIGNMENT = "assignment.started.v1"
StructT = TypeVar("StructT")
_unit_day = msgspec.json.Decoder(UnitDayChanged)
_envelope = msgspec.json.Decoder(_Envelope)


def read_unit_day(value: bytes) -> UnitDayChanged:
    """Decode a message of `kinerja.measures`. Raises Malformed."""
    change = _checked(_unit_day.decode, value)
    _check(value, [change.unit, *change.measures], [change.day])
    return change


def read_directory_event(value: bytes) -> DirectoryEvent | None:
    """Decode a record of `kinerja.directory`; None for what notifications does not need. Raises Malformed."""
    envelope = _checked(_envelope.decode, value)
    event = _event(envelope)
    _check(value, _texts(envelope, event), [envelope.time.date(), *_days(event)])
    return event


def _event(envelope: _Envelope) -> DirectoryEvent | None:
    match envelope.type:
        case "unit.registered.v1":
            return _registration(envelope)
        case "assignment.started.v1":
            return _headship(envelope)
        case "event.voided.v1":
            return _void(envelope)
    if newest(envelope.type) not in EVENT_TYPES:
        raise UnknownType(f"unknown type {envelope.type}")
    return None


def _texts(envelope: _Envelope, event: DirectoryEvent | None) -> list[str]:
    texts = [envelope.source, envelope.id, envelope.subject]
    match event:
        case UnitRegistered():
            texts += [event.version.name, event.version.kind, event.version.parent or ""]
        case Headship():
            texts += [event.unit, event.basis]
        case HeadshipVoided():
            texts += [event.source, event.id]
    return texts


def _days(event: DirectoryEvent | None) -> list[date]:
    match event:
        case UnitRegistered():
            return [event.version.effective_from]
        case Headship():
            return [event.since, event.until or event.since]
    return []


def _check(value: bytes, texts: list[str], days: list[date]) -> None:
    """Refuse what the database or the calendar cannot hold; JSON writes NUL only as an escape."""
    if rb"\u0000" in value and any("\x00" in text for text in texts):
        raise Malformed("a text contains NUL")
    if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in days):
        raise Malformed(f"a date outside {FIRST_YEAR}..{LAST_YEAR}")


def _registration(envelope: _Envelope) -> UnitRegistered:
    data = _data(envelope, _Unit)
    unit = envelope.subject.removeprefix("unit:")
    version = UnitVersion(unit, data.effective_from, data.name, data.kind, data.parent)
    return UnitRegistered(version, envelope.time, envelope.source, envelope.id)


def _headship(envelope: _Envelope) -> Headship | None:
    data = _data(envelope, _Assignment)
    if not data.head:
        return None
    return Headship(
        employee=envelope.subject.removeprefix("employee:"),
        unit=data.unit,
        basis=data.basis,
        since=data.effective_from,
        until=data.effective_to,
        time=envelope.time,
        source=envelope.source,
        id=envelope.id,
    )


def _void(envelope: _Envelope) -> HeadshipVoided | None:
    target = _data(envelope, _Void).voided
    if newest(target.type) not in EVENT_TYPES:
        raise UnknownType(f"a void of the unknown type {target.type}")
    if target.type != ASSIGNMENT:
        return None
    return HeadshipVoided(envelope.subject.removeprefix("employee:"), target.source, target.id)


def _data(envelope: _Envelope, into: type[StructT]) -> StructT:
    return _checked(lambda raw: msgspec.json.decode(raw, type=into), bytes(envelope.data))


def _checked(decode: Callable[[bytes], StructT], value: bytes) -> StructT:
    try:
        return decode(value)
    except (msgspec.DecodeError, ValueError) as exc:
        raise Malformed(str(exc)) from exc
