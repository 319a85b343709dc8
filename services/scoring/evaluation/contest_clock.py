"""The clock of a contest: who has to answer it, and by when (scoring.md 6). Silence moves it on; it never decides."""

from datetime import date
from typing import NamedTuple

from services.scoring.domain.directory import code_of
from services.scoring.domain.evaluation_facts import EventContested
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.ports import Calendar, Superiors


class ContestClock(NamedTuple):
    """
    How fast a contest moves: *workdays* of a policy, counted in *unit*.

    *unit*: the contested event's subject, or where its person belonged on the day of the contest; None: nowhere.
    """

    unit: str | None
    workdays: int
    superiors: Superiors
    calendar: Calendar


class Charge(NamedTuple):
    """Who has to answer (None: nobody, so HR) and by when; *late*: the first who had to let their day pass."""

    who: str | None
    due: date | None
    late: bool


def charge_of(contest: Stamped[EventContested], clock: ContestClock) -> Charge:
    """
    Return who has to answer an open contest now: with each due day that passes the superior of who had to.

    Who has nobody above keeps the charge and the due day. Example: E1001 contests on 20 November, five workdays: E1000
    until the 27th; once that has passed E900 until 4 December, late.
    """
    day = contest.date
    who, due = _first_charged(contest.subject, day, clock), _after(clock, day)
    late = _has_passed(clock, due)
    while due is not None and who is not None and _has_passed(clock, due):
        above = clock.superiors.supervisor(who, day)
        if above is None:
            break
        who, due = above, _after(clock, due)
    return Charge(who, due, late)


def _first_charged(subject: str, day: date, clock: ContestClock) -> str | None:
    """The supervisor of a person; of a unit the first head on its walk."""
    if subject.startswith("employee:"):
        return clock.superiors.supervisor(code_of(subject), day)
    return clock.superiors.first_head(code_of(subject), day)


def _after(clock: ContestClock, day: date) -> date | None:
    return None if clock.unit is None else clock.calendar.after(clock.unit, day, clock.workdays)


def _has_passed(clock: ContestClock, due: date | None) -> bool:
    return clock.unit is not None and clock.calendar.has_passed(clock.unit, due)
