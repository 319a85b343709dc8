"""From what a stream says to what its readers have been told: each change of it becomes one step of a case.

What was said depends on what was known at each close; what is so depends only on the facts. `settle_account` brings the
first in line with the second.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from services.notifications.domain.evidence import Run
from services.notifications.domain.stream import Rules, Stream, runs

REOPENS_WITHIN = timedelta(days=14)
REMINDED_AFTER = timedelta(days=28)
ASKED_AFTER = timedelta(days=60)


class Step(StrEnum):
    """What can happen to a case."""

    RAISED = "raised"
    REOPENED = "reopened"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"
    REMINDED = "reminded"
    NEW_NORMAL_ASKED = "new_normal_asked"


@dataclass(frozen=True, slots=True)
class Case:
    """
    The last case of a stream as its readers know it.

    *start* names it for good: the first day of the evidence when it was first raised; *since* is that day as known now.
    *opened* is the day the line was crossed. *raised_on* and *ended_on* are the last closed days when that was told.
    """

    start: date
    since: date
    opened: date
    raised_on: date
    ended_on: date | None = None
    withdrawn: bool = False
    reminded: bool = False
    asked: bool = False

    @property
    def is_open(self) -> bool:
        """Whether readers last heard that it holds."""
        return self.ended_on is None


@dataclass(frozen=True, slots=True)
class Account:
    """The case that readers should know now, the steps that lead there, and the run it rests on."""

    case: Case | None
    steps: tuple[Step, ...]
    run: Run


def settle_account(case: Case | None, stream: Stream, rules: Rules) -> Account:
    """
    What readers who know *case* should be told of *stream*; no steps when they know already.

    A crossing that ended before anybody was told is not told.
    """
    path = tuple(runs(stream, rules))
    if not path or stream.last_day is None:
        return Account(case, (), stream.checkpoint)
    run, today = path[-1], stream.last_day
    if run.opened is not None and run.since is not None:
        case, steps = _holds(case, run.opened, run.since, today)
    else:
        case, steps = _ended(case, stream, path, today)
    return Account(case, steps, run)


def _holds(case: Case | None, opened: date, since: date, today: date) -> tuple[Case, tuple[Step, ...]]:
    if case is not None and case.ended_on is None:
        return _aged(replace(case, since=since, opened=opened), today)
    if case is not None and _returns(case, since, today):
        return Case(case.start, since, opened, today), (Step.REOPENED,)
    return Case(since, since, opened, today), (Step.RAISED,)


def _returns(case: Case, since: date, today: date) -> bool:
    """Whether a new crossing is the ended *case* again, and not another one."""
    if since == case.start or case.ended_on is None:
        return True
    return not case.withdrawn and today - case.ended_on <= REOPENS_WITHIN


def _aged(case: Case, today: date) -> tuple[Case, tuple[Step, ...]]:
    steps: tuple[Step, ...] = ()
    if not case.reminded and today - case.raised_on >= REMINDED_AFTER:
        case, steps = replace(case, reminded=True), (*steps, Step.REMINDED)
    if not case.asked and today - case.raised_on >= ASKED_AFTER:
        case, steps = replace(case, asked=True), (*steps, Step.NEW_NORMAL_ASKED)
    return case, steps


def _ended(
    case: Case | None, stream: Stream, path: tuple[Run, ...], today: date
) -> tuple[Case | None, tuple[Step, ...]]:
    if case is None or case.withdrawn:
        return case, ()
    stood = stream.checkpoint.opened is not None or any(run.opened is not None for run in path)
    stood = stood or case.opened < stream.window[0].on
    if case.is_open:
        ended = replace(case, ended_on=today, withdrawn=not stood)
        return ended, (Step.RECOVERED if stood else Step.WITHDRAWN,)
    if not stood:
        return replace(case, withdrawn=True), (Step.WITHDRAWN,)
    return case, ()
