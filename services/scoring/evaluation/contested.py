"""Which contested events are on a card, and which of them make its range (scoring.md section 2, "Contested")."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.scoring.domain.changes import Span
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.evaluation_facts import ContestAnswered, EventContested, OfPeriod
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import (
    ComplaintReceived,
    ComplaintResolved,
    DayRecorded,
    LeaveGranted,
    Punched,
    ServiceCompleted,
    SurveyAnswered,
)
from services.scoring.evaluation.evidence import Stamped
from services.scoring.projections.attendance.rows import sign_of_punch, wall_time
from services.scoring.projections.membership.rows import Membership
from services.scoring.projections.services.rows import moment_of

_IN_A_RANGE = ("attendance.", "service.", "survey.", "complaint.", "result.")
"""How the types begin whose disputed events make a range; the others have only their clock."""

MembershipOf = Callable[[str], Membership]
ComplaintDay = Callable[[Stamped[Fact]], date | None]


class Placed(Protocol):
    """An event, and whether it was taken back."""

    @property
    def event(self) -> Stamped[Fact]: ...
    @property
    def is_voided(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Contested:
    """
    A standing contest with the event it names and the standing answers to it.

    The event is about a *period* or about days, from *first* to *last*; about neither, it is on no card.
    """

    contest: Stamped[EventContested]
    event: Stamped[Fact]
    is_voided: bool
    answers: Sequence[Stamped[ContestAnswered]]
    period: str | None
    days: Span | None

    @property
    def answer(self) -> Stamped[ContestAnswered] | None:
        """The answer that counts: the greatest."""
        return max(self.answers, key=lambda each: each.stamp, default=None)

    @property
    def state(self) -> str:
        """`settled` once the event was voided, else what the answer says; `open` without one."""
        if self.is_voided:
            return "settled"
        return "open" if self.answer is None else self.answer.fact.decision

    @property
    def makes_range(self) -> bool:
        """Whether the figures are also shown without the event."""
        return self.state in ("open", "upheld") and self.event.type.startswith(_IN_A_RANGE)

    @property
    def employee(self) -> str | None:
        """The person whom the event is about or names."""
        if self.event.subject.startswith("employee:"):
            return code_of(self.event.subject)
        return getattr(self.event.fact, "employee", None)

    @property
    def reference(self) -> tuple[str, str, str, str]:
        """Type, subject, source and id of the event."""
        return (self.event.type, self.event.subject, *self.event.stamp[1:])

    def days_in(self, first: date, last: date) -> Iterable[date]:
        """Return the days of a span that the event counts on."""
        if self.days is None:
            return ()
        span = Span(max(first, self.days.first), min(last, self.days.last))
        return (date.fromordinal(day) for day in range(span.first.toordinal(), span.last.toordinal() + 1))


def contested(
    contests: Iterable[Stamped[Fact]],
    events: Iterable[Placed],
    directory: Directory,
    membership_of: MembershipOf,
    complaint_day: ComplaintDay,
) -> list[Contested]:
    """Return the contests among *contests*, with the answers among them and the events they name, by stamp."""
    named = {(each.event.type, each.event.subject, *each.event.stamp[1:]): each for each in events}
    listed = list(contests)
    found = []
    for each in sorted(listed, key=lambda each: each.stamp):
        fact = each.fact
        if not isinstance(fact, EventContested):
            continue
        ref = fact.contested
        placed = named.get((ref.type, each.subject, ref.source, ref.id))
        if placed is None:
            continue
        event = placed.event
        period = event.fact.period if isinstance(event.fact, OfPeriod) else None
        days = counts_on(event, directory, membership_of, complaint_day)
        contest = Stamped(each.stamp, each.type, each.subject, fact)
        found.append(Contested(contest, event, placed.is_voided, _answers(contest, listed), period, days))
    return found


def _answers(contest: Stamped[EventContested], events: Iterable[Stamped[Fact]]) -> list[Stamped[ContestAnswered]]:
    return [
        Stamped(each.stamp, each.type, each.subject, each.fact)
        for each in events
        if isinstance(each.fact, ContestAnswered)
        and each.subject == contest.subject
        and each.fact.contest == contest.identity
    ]


def counts_on(
    event: Stamped[Fact], directory: Directory, membership_of: MembershipOf, complaint_day: ComplaintDay
) -> Span | None:
    """Return the days on which an event counts; None for one without days."""
    fact = event.fact
    if isinstance(fact, LeaveGranted):
        return Span(fact.first, fact.last)
    day: date | None = None
    if isinstance(fact, Punched):
        day = sign_of_punch(fact, membership_of(code_of(event.subject)), directory).day
    elif isinstance(fact, DayRecorded):
        day = fact.date
    elif isinstance(fact, (ServiceCompleted, SurveyAnswered)):
        moment = moment_of(fact)
        assert moment is not None
        day = wall_time(moment, code_of(event.subject), directory).date()
    elif isinstance(fact, (ComplaintReceived, ComplaintResolved)):
        day = complaint_day(event)
    return None if day is None else Span(day, day)
