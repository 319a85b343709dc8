"""What bears on a receipt's figures and came to the log after it was given, or was taken back since."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from schemas.topics import DIRECTORY, EVENTS, position_key
from services.scoring.domain.changes import Span
from services.scoring.domain.days import ONE_DAY, days_between
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.evaluation_facts import CapaianSet, ContestAnswered, EventContested, OfPeriod, RatingGiven
from services.scoring.domain.events import decode
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import AssignmentStarted, CalendarDaySet, DayClosed
from services.scoring.domain.record import DIRECTORY_PARTITION
from services.scoring.evaluation.contested import counts_on
from services.scoring.evaluation.evidence import Stamped, stamped
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.person_card import earliest
from services.scoring.folding.placing import Placing
from services.scoring.projections.attendance.rows import SEARCH
from services.scoring.projections.membership.rows import Membership
from services.scoring.reading.contests import complaints_in, day_of_complaint, is_of, with_events
from services.scoring.reading.evidence import NEVER, Evidence, LoggedEvent
from services.scoring.receipts.given import ACTS
from services.scoring.store import queries


@dataclass(frozen=True, slots=True)
class Moment:
    """Up to where a receipt knew the log: offsets by partition as answers say them, and perhaps a moment."""

    position: dict[str, int]
    known_at: datetime | None

    def offset(self, partition: int) -> int:
        """Return the first offset that the receipt did not know; -1: the directory's."""
        topic, number = (DIRECTORY, 0) if partition == DIRECTORY_PARTITION else (EVENTS, partition)
        return self.position.get(position_key(topic, number), 0)


@dataclass(frozen=True, slots=True)
class About:
    """
    Whose facts a receipt rests on.

    *employee*: the person whom it is about, and whom facts of others may name; or else *unit*: the top of the tree.
    """

    subjects: Sequence[str]
    employee: str | None
    unit: str | None
    period: Period

    @property
    def reach(self) -> Span:
        """The days whose figures are on the card, those of comparisons included."""
        first = self.period.previous.first if self.employee is None else earliest(self.period)
        return Span(first, self.period.last)

    def has(self, event: Stamped[Fact], *, acts: bool) -> bool:
        """Say whether an event is of a kind that bears on the figures; *acts*: those of the cycle, too."""
        fact = event.fact
        if isinstance(fact, ACTS):
            return acts and fact.period == self.period.text
        if isinstance(fact, (EventContested, ContestAnswered)):
            return True
        if isinstance(fact, CapaianSet):
            return self.unit is None or event.subject == f"unit:{self.unit}"
        if isinstance(fact, RatingGiven) and self.employee is None:
            return False
        if isinstance(fact, OfPeriod):
            return fact.period == self.period.text and self._is_own(event)
        return self._is_own(event) or getattr(fact, "employee", None) == self.employee

    def _is_own(self, event: Stamped[Fact]) -> bool:
        return self.employee is None or event.subject == f"employee:{self.employee}"


class Since:
    """Looks for what came after *moment*, in one snapshot with the directory of now."""

    def __init__(self, evidence: Evidence, directory: Directory, partitions: int, moment: Moment) -> None:
        self._evidence = evidence
        self._directory = directory
        self._placing = Placing(partitions)
        self._moment = moment

    async def facts(self, about: About, *, acts: bool) -> list[str]:
        """Return where the facts that count now and did not then stand, and the voids of those that counted then."""
        rows = await self._rows(about)
        found = [(row, _logged(row)) for row in rows]
        found = [(row, each) for row, each in found if about.has(each.event, acts=acts)]
        counting = await self._counting([each for _, each in found], about)
        return [_position(row) for row, each in found if (each.partition, each.offset) in counting]

    async def _rows(self, about: About) -> list[asyncpg.Record]:
        partitions = [self._placing.partition(code_of(each)) for each in about.subjects]
        every = list(self._placing.partitions) if about.employee is not None else []
        reach = about.reach
        return list(
            await queries.facts_since(
                self._evidence.conn,
                partitions=partitions,
                subjects=list(about.subjects),
                offsets=[self._moment.offset(each) for each in partitions],
                employee=about.employee,
                all_partitions=every,
                all_offsets=[self._moment.offset(each) for each in every],
                first=reach.first - SEARCH,
                last=reach.last + SEARCH,
                periods=[about.period.text, about.period.previous.text],
                known_at=self._moment.known_at or NEVER,
            )
        )

    async def _counting(self, found: Sequence[LoggedEvent], about: About) -> set[tuple[int, int]]:
        """Return the places of those that count on the card's days, or are about its period."""
        contests = await self._contests([each.event for each in found], about)
        people = {code_of(each.event.subject) for each in found if each.event.subject.startswith("employee:")}
        memberships = await self._evidence.memberships(people)
        complaints = await complaints_in(self._evidence, found)
        counting = set()
        for each in found:
            event = each.event
            days = counts_on(
                event,
                self._directory,
                memberships.__getitem__,
                lambda listed: day_of_complaint(listed, complaints, self._directory),
            )
            if isinstance(event.fact, (EventContested, ContestAnswered)):
                counts = event.stamp in contests
            else:
                counts = self._counts(event, days, about, memberships)
            if counts:
                counting.add((each.partition, each.offset))
        return counting

    def _counts(
        self, event: Stamped[Fact], days: Span | None, about: About, memberships: Mapping[str, Membership]
    ) -> bool:
        """Say whether an event counts on a day of the card, or without days for its period; of a tree, within it."""
        reach, last = about.reach, about.period.last
        if days is not None and (days.first > reach.last or days.last < reach.first):
            return False
        if about.unit is None or event.subject == f"unit:{about.unit}":
            return True
        if days is None:
            return self._in_tree(about.unit, event.subject, last, memberships)
        met = days_between(max(days.first, reach.first), min(days.last, reach.last))
        return any(self._in_tree(about.unit, event.subject, day, memberships) for day in met)

    def _in_tree(self, top: str, subject: str, day: date, memberships: Mapping[str, Membership]) -> bool:
        code = code_of(subject)
        unit = memberships[code].unit(day) if subject.startswith("employee:") else code
        return unit is not None and unit in self._directory.tree.below(top, day)

    async def _contests(self, events: Iterable[Stamped[Fact]], about: About) -> set[Any]:
        """Return the stamps of contests of events on the card's days, and of all answers to these."""
        asked = [each for each in events if isinstance(each.fact, (EventContested, ContestAnswered))]
        if not asked:
            return set()
        known = [each.event for each in await self._evidence.contests({each.subject for each in asked})]
        placed = await with_events(self._evidence, self._directory, [*known, *(e for e in asked if e not in known)])
        mine = [each for each in placed if about.employee in (None, each.employee)]
        found = [each for each in mine if is_of(each, about.period)]
        return {each.contest.stamp for each in found} | {answer.stamp for each in found for answer in each.answers}

    async def directory(self, about: About, units: Collection[str]) -> list[str]:
        """Return the same of the directory's events about these units, those above them, and people of the receipt."""
        people = [each for each in about.subjects if each.startswith("employee:")]
        rows = await queries.directory_since(
            self._evidence.conn,
            subjects=[*people, *(f"unit:{each}" for each in sorted(units)), "unit:*"],
            units=sorted(units),
            since=self._moment.offset(DIRECTORY_PARTITION),
            known_at=self._moment.known_at or NEVER,
        )
        reach = about.reach
        return [_position(row) for row in rows if _touches(decode(row["payload"]).fact, reach)]


def _touches(fact: Fact | None, reach: Span) -> bool:
    """Say whether what the directory says holds on some of these days, or on the day after them."""
    if isinstance(fact, (DayClosed, CalendarDaySet)):
        return reach.has(fact.date)
    if isinstance(fact, AssignmentStarted) and fact.effective_to is not None and fact.effective_to < reach.first:
        return False
    since = getattr(fact, "effective_from", None)
    return since is not None and since <= reach.last + ONE_DAY


def _logged(row: asyncpg.Record) -> LoggedEvent:
    event = stamped(decode(row["payload"]))
    voided = row["void_offset"] is not None
    return LoggedEvent(event, row["partition"], row["record_offset"], row["recorded_at"], voided, row["payload"])


def _position(row: asyncpg.Record) -> str:
    """Return where the event stands, or the void that took it back."""
    topic, number = (DIRECTORY, 0) if row["partition"] == DIRECTORY_PARTITION else (EVENTS, row["partition"])
    offset = row["record_offset"] if row["void_offset"] is None else row["void_offset"]
    return f"{position_key(topic, number)}:{offset}"
