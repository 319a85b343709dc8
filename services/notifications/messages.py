"""What notifications reads from the log: changed unit-days, and the few directory events that name units and heads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

import msgspec

from services.kit.errors import Malformed
from services.notifications.domain.heads import Headship
from services.notifications.domain.units import UnitVersion

WATCHED = frozenset(
    {"attendance.presence", "attendance.punctuality", "service.timeliness", "service.satisfaction"},
)


class Measure(msgspec.Struct, frozen=True):
    """`n` and `total` of one measure."""

    n: int
    total: int


class UnitDayChanged(msgspec.Struct, frozen=True):
    """One message of `kinerja.measures`: absolute values of a unit's own people and services."""

    unit: str
    day: date
    closed: bool
    revision: int
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
    source: str
    id: str
    subject: str
    time: str
    data: msgspec.Raw


class _Unit(msgspec.Struct, frozen=True):
    name: str
    kind: str
    effective_from: date
    parent: str | None = None


class _Assignment(msgspec.Struct, frozen=True):
    unit: str
    basis: str
    effective_from: date
    effective_to: date | None = None
    head: bool = False


class _Target(msgspec.Struct, frozen=True):
    type: str
    source: str
    id: str


class _Void(msgspec.Struct, frozen=True):
    voided: _Target


ASSIGNMENT = "assignment.started.v1"
StructT = TypeVar("StructT")
_unit_day = msgspec.json.Decoder(UnitDayChanged)
_envelope = msgspec.json.Decoder(_Envelope)


def read_unit_day(value: bytes) -> UnitDayChanged:
    """Decode a message of `kinerja.measures`. Raises Malformed."""
    return _checked(_unit_day.decode, value)


def read_directory_event(value: bytes) -> DirectoryEvent | None:
    """Decode a record of `kinerja.directory`; None for what notifications does not need. Raises Malformed."""
    envelope = _checked(_envelope.decode, value)
    match envelope.type:
        case "unit.registered.v1":
            return _registration(envelope)
        case "assignment.started.v1":
            return _headship(envelope)
        case "event.voided.v1":
            return _void(envelope)
    return None


def _registration(envelope: _Envelope) -> UnitRegistered:
    data = _data(envelope, _Unit)
    unit = envelope.subject.removeprefix("unit:")
    version = UnitVersion(unit, data.effective_from, data.name, data.kind, data.parent)
    return UnitRegistered(version, _moment(envelope.time), envelope.source, envelope.id)


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
        time=_moment(envelope.time),
        source=envelope.source,
        id=envelope.id,
    )


def _void(envelope: _Envelope) -> HeadshipVoided | None:
    target = _data(envelope, _Void).voided
    if target.type != ASSIGNMENT:
        return None
    return HeadshipVoided(envelope.subject.removeprefix("employee:"), target.source, target.id)


def _data(envelope: _Envelope, into: type[StructT]) -> StructT:
    return _checked(lambda raw: msgspec.json.decode(raw, type=into), bytes(envelope.data))


def _moment(text: str) -> datetime:
    return _checked(lambda raw: datetime.fromisoformat(raw.decode().upper()), text.encode())


def _checked(decode: Callable[[bytes], StructT], value: bytes) -> StructT:
    try:
        return decode(value)
    except (msgspec.DecodeError, ValueError) as exc:
        raise Malformed(str(exc)) from exc
