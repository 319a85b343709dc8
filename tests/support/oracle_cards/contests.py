"""Contests of a card: which are on it, their state, whose turn it is, and what they put in dispute (section 2, 6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.support.oracle import Event
from tests.support.oracle.log import bare, day_in, field, instant, rank
from tests.support.oracle.unit_facts import complaint, complaints
from tests.support.oracle_cards.known import Known, dated, greatest_of, identity, moment, names
from tests.support.oracle_cards.organisation import first_head, supervisor
from tests.support.oracle_cards.periods import Period

WITH_PERIOD = (
    *("result.targeted.v1", "result.reported.v1", "rating.given.v1", "capaian.set.v1", "feedback.released.v1"),
    *("predikat.set.v1", "document.issued.v1", "document.acknowledged.v1"),
    *("objection.filed.v1", "objection.decided.v1"),
)
ATTENDANCE = ("attendance.punched.v1", "attendance.day_recorded.v1", "attendance.leave_granted.v1")
COMPLAINTS = ("complaint.received.v1", "complaint.resolved.v1")
WITH_RANGE = (
    *ATTENDANCE,
    *("service.completed.v1", "survey.answered.v1"),
    *COMPLAINTS,
    *("result.targeted.v1", "result.reported.v1"),
)


@dataclass(frozen=True)
class Contest:
    """A standing contest of an event that is known."""

    contest: Event
    event: Event
    answer: Event | None
    is_settled: bool

    @property
    def state(self) -> str:
        """Settled, or what its greatest answer says."""
        if self.is_settled:
            return "settled"
        return "open" if self.answer is None else str(field(self.answer, "decision"))

    @property
    def makes_range(self) -> bool:
        """Whether figures may change by it."""
        return self.state in ("open", "upheld") and self.event["type"] in WITH_RANGE


def contests(known: Known) -> list[Contest]:
    """Every contest that stands, by stamp."""
    found = []
    for each in sorted(known.of("event.contested.v1"), key=rank):
        named = each["data"]["contested"]
        event = known.once.get((named["source"], named["id"]))
        if event is not None and names(named, event) and event["subject"] == each["subject"]:
            found.append(Contest(each, event, greatest_of(answers(known, each)), not known.stands(event)))
    return found


def answers(known: Known, contest: Event) -> list[Event]:
    """The standing answers to a contest."""
    return [
        each
        for each in known.of("contest.answered.v1")
        if names(each["data"]["contest"], contest) and each["subject"] == contest["subject"]
    ]


def on_card(known: Known, subject: str, period: Period, days: Iterable[date], *, is_whole: bool) -> list[Contest]:
    """The contests of a card."""
    wanted = set(days)
    return [each for each in contests(known) if belongs(known, each.event, subject, period, wanted, is_whole=is_whole)]


def belongs(known: Known, event: Event, subject: str, period: Period, days: set[date], *, is_whole: bool) -> bool:
    """Whether the contested event is of the subject and of the period or of one of the days."""
    if event["type"] in WITH_PERIOD:
        return is_whole and field(event, "period") == period.text and concerns(known, event, subject, period.last)
    return any(concerns(known, event, subject, day) for day in days_of(known, event) if day in days)


def concerns(known: Known, event: Event, subject: str, day: date) -> bool:
    """Whether the event is of the subject, or of a unit or person of its tree on the day."""
    employee = field(event, "employee")
    about = [event["subject"]] + ([f"employee:{employee}"] if employee is not None else [])
    if subject.startswith("employee:"):
        return subject in about
    return any(known.in_tree(bare(subject), unit_of(known, each, day), day) for each in about)


def unit_of(known: Known, subject: str, day: date) -> str | None:
    """The unit itself, or the one the person belongs to; `unit:*` is none."""
    if subject.startswith("unit:"):
        return bare(subject)
    return known.unit_of(bare(subject), day) if subject.startswith("employee:") else None


def days_of(known: Known, event: Event) -> list[date]:
    """The days of an event without period: none, one, or those of a leave."""
    directory, kind, about = known.directory, event["type"], bare(event["subject"])
    if kind == "attendance.punched.v1":
        return [known.oracle.attendance.place(about, event)[0]]
    if kind == "attendance.leave_granted.v1":
        start, end = day_in(event, "from"), day_in(event, "to")
        return [start + timedelta(days=later) for later in range((end - start).days + 1)]
    if kind in ("service.completed.v1", "survey.answered.v1"):
        at = instant(event["data"]["completed_at" if kind == "service.completed.v1" else "answered_at"])
        return [directory.wall_time_at(about, at).date()]
    if kind in COMPLAINTS:
        return complaint_days(known, event)
    return [day_in(event, "date")] if kind == "attendance.day_recorded.v1" else []


def complaint_days(known: Known, event: Event) -> list[date]:
    """The day the complaint counts; of a voided event, the day it would count if it stood."""
    same = [each for each in known.of(*COMPLAINTS) if complaint(each) == complaint(event)]
    if not known.stands(event):
        same.append(event)
    return [fact.day for fact in complaints(same, known.directory)]


def charge(known: Known, contest: Event, n: int) -> tuple[str | None, date | None, bool]:
    """Who has an open contest now, by when, and whether the first day has passed."""
    on, subject = dated(contest), contest["subject"]
    unit = unit_of(known, subject, on)
    of_unit = subject.startswith("unit:")
    holder = first_head(known, unit, on) if of_unit else supervisor(known, bare(subject), on)
    due = known.workday_after(unit, on, n)
    late = known.passed(unit, due)
    while known.passed(unit, due):
        above = supervisor(known, holder, on)
        if above is None:
            break
        holder, due = above, known.workday_after(unit, due, n)
    return holder, due, late


def shape(known: Known, one: Contest, n: int) -> dict[str, Any]:
    """A contest as cards show it."""
    who, due, late = charge(known, one.contest, n) if one.state == "open" else (None, None, False)
    return {
        "contest": identity(one.contest),
        "event": identity(one.event, with_type=True),
        "reason": field(one.contest, "reason"),
        "since": moment(instant(one.contest["time"])),
        "state": one.state,
        "with": who,
        "due": None if due is None else due.isoformat(),
        "late": late,
        "answer": None if one.answer is None else identity(one.answer),
    }
