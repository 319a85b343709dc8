"""A stream through a number of days at once, and what its readers should hear of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from services.notifications.domain.cases import Case, Step, settle_account
from services.notifications.domain.evidence import Fact, Run
from services.notifications.domain.stream import Rules, Stream, take

KnownDay = tuple[date, Fact]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a stream from one detection to the next: its state and the last case its readers know."""

    stream: Stream = field(default_factory=Stream)
    case: Case | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """A step of a case, the last closed day when it was taken, and the run it rests on."""

    step: Step
    day: date
    run: Run


@dataclass(slots=True)
class Chapter:
    """One case in this detection: as it is now, what happened to it, and the run it last rested on while it held."""

    case: Case
    happenings: list[Happening] = field(default_factory=list)
    run: Run | None = None


def advance(
    kept: Kept, rules: Rules, corrected: Sequence[KnownDay], closed: Sequence[KnownDay]
) -> tuple[Kept, list[Chapter]]:
    """
    Take *corrected* days in together, then the newly *closed* ones one by one, in their order.

    Corrections that come together are told as one, so that no step is told that the next of them takes back.
    """
    stream, case, chapters = kept.stream, kept.case, dict[date, Chapter]()
    if corrected:
        for on, fact in corrected:
            stream = take(stream, rules, on, fact)
        case = _told(stream, case, rules, chapters)
    for on, fact in closed:
        stream = take(stream, rules, on, fact)
        case = _told(stream, case, rules, chapters)
    return Kept(stream, case), list(chapters.values())


def _told(stream: Stream, case: Case | None, rules: Rules, chapters: dict[date, Chapter]) -> Case | None:
    account = settle_account(case, stream, rules)
    if account.case is None or stream.last_day is None:
        return account.case
    if account.steps or account.case.is_open:
        chapter = chapters.setdefault(account.case.start, Chapter(account.case))
        chapter.case = account.case
        chapter.happenings += [Happening(step, stream.last_day, account.run) for step in account.steps]
        chapter.run = account.run if account.case.is_open else chapter.run
    return account.case
