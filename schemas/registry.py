"""Every event type with its data, its subject and its topic."""

from dataclasses import dataclass
from functools import cached_property

from schemas import corrections, directory, evaluation, facts, performance
from schemas.fields import Record
from schemas.subjects import BY_ID, PATTERNS, SubjectKind
from schemas.topics import DIRECTORY, EVENTS
from schemas.upcasting import UPCASTERS, newest

EMPLOYEE = frozenset({SubjectKind.EMPLOYEE})
UNIT = frozenset({SubjectKind.UNIT})
UNITS = frozenset({SubjectKind.UNIT, SubjectKind.EVERYONE})
EITHER = frozenset({SubjectKind.EMPLOYEE, SubjectKind.UNIT})
SOURCE = frozenset({SubjectKind.SOURCE})
ANY = frozenset(SubjectKind)


@dataclass(frozen=True, slots=True)
class Reference:
    """
    A field of the data that names a person or a unit; a person may be named by an alias there.

    The event waits (is parked) until whom it names is *registered*, where that is asked.
    """

    field: str
    kind: SubjectKind
    registered: bool = False


@dataclass(frozen=True)
class EventType:
    """
    What the contract says of one type, and all that is said of it outside the fold.

    *topic* is None where the event goes to the topic of the event it names (`event.voided.v1`).
    """

    name: str
    data: type[Record]
    subjects: frozenset[SubjectKind]
    topic: str | None = EVENTS
    references: tuple[Reference, ...] = ()

    @cached_property
    def employee_refs(self) -> tuple[str, ...]:
        """The data fields that may carry an alias."""
        return tuple(reference.field for reference in self.references if reference.kind is SubjectKind.EMPLOYEE)

    @cached_property
    def required(self) -> tuple[Reference, ...]:
        """The references that must be registered before the event can stand on the log."""
        return tuple(reference for reference in self.references if reference.registered)

    @property
    def subject_form(self) -> str:
        """What its subject looks like, as a regular expression without anchors."""
        if self.name in REGISTRATIONS and SubjectKind.EMPLOYEE in self.subjects:
            return BY_ID
        return "|".join(PATTERNS[kind] for kind in sorted(self.subjects))


REGISTRATIONS = frozenset({"unit.registered.v1", "employee.registered.v1"})
VOID = "event.voided.v1"
CONTEST = "event.contested.v1"
UNVOIDABLE = REGISTRATIONS | {VOID}
"""Registrations are registered again instead; a void is final."""

_PERSON = Reference("employee", SubjectKind.EMPLOYEE, registered=True)
_HOME = Reference("unit", SubjectKind.UNIT, registered=True)


def _named(*fields: str) -> tuple[Reference, ...]:
    """People who are named and need not be registered."""
    return tuple(Reference(field, SubjectKind.EMPLOYEE) for field in fields)


_TYPES = (
    EventType("unit.registered.v1", directory.UnitRegistered, UNIT, DIRECTORY),
    EventType("employee.registered.v1", directory.EmployeeRegistered, EMPLOYEE, DIRECTORY),
    EventType(
        "assignment.started.v1", directory.AssignmentStarted, EMPLOYEE, DIRECTORY, (_HOME, *_named("supervisor"))
    ),
    EventType("schedule.set.v1", directory.ScheduleSet, UNITS, DIRECTORY),
    EventType("calendar.day_set.v1", directory.CalendarDaySet, UNITS, DIRECTORY),
    EventType("day.closed.v1", directory.DayClosed, UNITS, DIRECTORY),
    EventType("attendance.punched.v1", facts.AttendancePunched, EMPLOYEE),
    EventType("attendance.day_recorded.v1", facts.AttendanceDayRecorded, EMPLOYEE),
    EventType("attendance.leave_granted.v1", facts.AttendanceLeaveGranted, EMPLOYEE),
    EventType("service.completed.v1", facts.ServiceCompleted, UNIT, references=(_PERSON,)),
    EventType("survey.answered.v1", facts.SurveyAnswered, UNIT, references=(_PERSON,)),
    EventType("complaint.received.v1", facts.ComplaintReceived, UNIT),
    EventType("complaint.resolved.v1", facts.ComplaintResolved, UNIT),
    EventType("result.targeted.v1", performance.ResultTargeted, EITHER),
    EventType("result.reported.v1", performance.ResultReported, EITHER),
    EventType("rating.given.v1", performance.RatingGiven, EMPLOYEE, references=_named("rater")),
    EventType("action.recorded.v1", performance.ActionRecorded, EITHER, references=_named("owner")),
    EventType(VOID, corrections.EventVoided, ANY, None),
    EventType(CONTEST, corrections.EventContested, ANY),
    EventType("contest.answered.v1", corrections.ContestAnswered, ANY),
    EventType("source.reported.v1", facts.SourceReported, SOURCE),
    EventType("policy.proposed.v1", evaluation.PolicyProposed, UNITS, DIRECTORY, _named("proposer")),
    EventType("policy.published.v1", evaluation.PolicyPublished, UNITS, DIRECTORY, _named("approver")),
    EventType("capaian.set.v1", evaluation.CapaianSet, UNIT, references=_named("setter")),
    EventType("feedback.released.v1", evaluation.FeedbackReleased, EMPLOYEE),
    EventType("predikat.set.v1", evaluation.PredikatSet, EMPLOYEE, references=_named("rater")),
    EventType("document.issued.v1", evaluation.DocumentIssued, EMPLOYEE),
    EventType("document.acknowledged.v1", evaluation.DocumentAcknowledged, EMPLOYEE, references=_named("witness")),
    EventType("objection.filed.v1", evaluation.ObjectionFiled, EMPLOYEE),
    EventType("objection.decided.v1", evaluation.ObjectionDecided, EMPLOYEE, references=_named("decider")),
)

EVENT_TYPES = {event_type.name: event_type for event_type in _TYPES}

CONTESTABLE = tuple(EVENT_TYPES) + tuple(old for old in UPCASTERS if newest(old) in EVENT_TYPES)
"""What is on the log in an older version can still be disputed and taken back, under the type it was sent with."""
VOIDABLE = tuple(name for name in CONTESTABLE if newest(name) not in UNVOIDABLE)
