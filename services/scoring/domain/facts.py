"""
What the log's records say, as far as the fold needs it: one frozen record per event type.

As strict as the fold requires, so that whatever is decoded can be folded; ingest holds events to the whole contract.
Minutes are whole minutes since 00:00.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from schemas.upcasting import UPCASTERS, is_old, upcast

Word = Annotated[str, Meta(max_length=256)]
"""What is looked up by an index of the database, which takes no text without end."""

Moment = Annotated[datetime, Meta(tz=True)]
WallTime = Annotated[str, Meta(pattern=r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$")]
Score = Annotated[int, Meta(ge=1, le=4)]


class Fact(msgspec.Struct, frozen=True, gc=False):
    """Event data; unknown fields are somebody else's business."""


class UnitRegistered(Fact, frozen=True):
    name: str
    kind: str
    effective_from: date
    parent: Word | None = None
    timezone: Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"] = "Asia/Jakarta"


class EmployeeRegistered(Fact, frozen=True):
    effective_from: date


class AssignmentStarted(Fact, frozen=True):
    unit: Word
    basis: Literal["definitive", "plt", "plh", "delegate"]
    effective_from: date
    effective_to: date | None = None


class HoursText(Fact, frozen=True):
    start: WallTime
    end: WallTime


class Weekdays(Fact, frozen=True):
    mon: HoursText | None = None
    tue: HoursText | None = None
    wed: HoursText | None = None
    thu: HoursText | None = None
    fri: HoursText | None = None
    sat: HoursText | None = None
    sun: HoursText | None = None


class ScheduleSet(Fact, frozen=True):
    effective_from: date
    weekdays: Weekdays
    tolerance_minutes: Annotated[int, Meta(ge=0, le=1440)] = 0


class CalendarDaySet(Fact, frozen=True):
    date: date
    kind: Literal["workday", "holiday"]


class DayClosed(Fact, frozen=True):
    date: date


class Punched(Fact, frozen=True):
    at: Moment
    direction: Literal["in", "out", "unknown"]


class DayRecorded(Fact, frozen=True):
    date: date
    status: Literal["present", "absent"]
    first_in: WallTime | None = None


class LeaveGranted(Fact, frozen=True):
    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")


class ServiceCompleted(Fact, frozen=True):
    started_at: Moment
    completed_at: Moment
    sla_minutes: Annotated[int, Meta(ge=0, le=5_256_000)]
    employee: Word | None = None


class SurveyAnswered(Fact, frozen=True):
    answered_at: Moment
    scores: Annotated[dict[str, Score], Meta(min_length=9, max_length=9)]
    employee: Word | None = None


class ComplaintReceived(Fact, frozen=True):
    complaint: Word
    due_at: Moment


class ComplaintResolved(Fact, frozen=True):
    complaint: Word
    resolved_at: Moment


class SourceReported(Fact, frozen=True):
    up_to: Moment


class Target(Fact, frozen=True):
    type: Word
    source: str
    id: str


class Voided(Fact, frozen=True):
    voided: Target


FACTS: dict[str, type[Fact]] = {
    "unit.registered.v1": UnitRegistered,
    "employee.registered.v1": EmployeeRegistered,
    "assignment.started.v1": AssignmentStarted,
    "schedule.set.v1": ScheduleSet,
    "calendar.day_set.v1": CalendarDaySet,
    "day.closed.v1": DayClosed,
    "attendance.punched.v1": Punched,
    "attendance.day_recorded.v1": DayRecorded,
    "attendance.leave_granted.v1": LeaveGranted,
    "service.completed.v1": ServiceCompleted,
    "survey.answered.v1": SurveyAnswered,
    "complaint.received.v1": ComplaintReceived,
    "complaint.resolved.v1": ComplaintResolved,
    "source.reported.v1": SourceReported,
    "event.voided.v1": Voided,
}
"""The types that change a measure; the others are kept in the journal until a projection wants them."""

KEPT = frozenset(
    {
        "result.targeted.v1",
        "result.reported.v1",
        "rating.given.v1",
        "action.recorded.v1",
        "event.contested.v1",
        "contest.answered.v1",
    }
)


class Envelope(msgspec.Struct, frozen=True, gc=False):
    id: str
    source: str
    type: Word
    subject: Word
    time: Moment
    data: msgspec.Raw


class Event(msgspec.Struct, frozen=True, gc=False):
    """A decoded event; *fact* is None for types that only the journal keeps."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    fact: Fact | None

    @property
    def stamp(self) -> tuple[datetime, str, str]:
        """What decides between events of one register: the greatest (time, source, id) stands."""
        return (self.time, self.source, self.id)

    @property
    def reference(self) -> tuple[str, str, str, str]:
        """What a void must name, its own subject included."""
        return (self.type, self.subject, self.source, self.id)

    @property
    def voids(self) -> tuple[str, str, str, str] | None:
        """The reference of the event this one voids, if it is a void."""
        if not isinstance(self.fact, Voided):
            return None
        target = self.fact.voided
        return (target.type, self.subject, target.source, target.id)


class Poison(ValueError):
    """A record on the log that is no event, or breaks its contract; it can never be folded."""


class UnknownType(Poison):
    """An event of a type or version that this program does not know; one that knows it can fold it."""


_ENVELOPE = msgspec.json.Decoder(Envelope)
_DECODERS: dict[str, Any] = {name: msgspec.json.Decoder(kind) for name, kind in FACTS.items()}


def decode(payload: bytes | None) -> Event:
    """Decode a record of a canonical topic. Raises Poison with the reason, UnknownType among them."""
    try:
        envelope = _ENVELOPE.decode(payload or b"")
        return Event(envelope.id, envelope.source, envelope.type, envelope.subject, envelope.time, _fact(envelope))
    except Poison:
        raise
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as exc:
        raise Poison(str(exc)) from exc


def _fact(envelope: Envelope) -> Fact | None:
    decoder = _DECODERS.get(envelope.type)
    if decoder is None:
        return _old_fact(envelope)
    fact: Fact = decoder.decode(envelope.data)
    return fact


def _old_fact(envelope: Envelope) -> Fact | None:
    """
    Read older versions as the newest, and let pass what only the journal keeps.

    The event keeps the type it was sent with: a void must name that one, and the journal's columns never change.
    """
    if envelope.type in KEPT:
        return None
    if not is_old(envelope.type):
        raise UnknownType(unknown(envelope.type))
    newest, data = upcast(envelope.type, msgspec.json.decode(envelope.data))
    if newest in KEPT:
        return None
    fact: Fact = _DECODERS[newest].decode(msgspec.json.encode(data))
    return fact


UNKNOWN_TYPE = "unknown type "


def unknown(event_type: str) -> str:
    """Return the fault of a record of a type that is not known."""
    return UNKNOWN_TYPE + event_type


def known_types() -> list[str]:
    """Return every type, in every version, that this program can take in."""
    return sorted({*FACTS, *KEPT, *UPCASTERS})


def minutes_of(wall_time: str) -> int:
    """Convert `HH:MM` to minutes since 00:00: "07:35" -> 455."""
    return int(wall_time[:2]) * 60 + int(wall_time[3:5])
