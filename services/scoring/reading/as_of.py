"""
Figures as they were known at a moment: from the journal's rows with `recorded_at` up to it.

The same pure functions as the fold, over the rows known then; nothing is remembered in between. They may be many: what
is long is worked out beside the event loop.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import asyncpg

from services.kit.errors import Refused
from services.kit.postgres import Connection
from services.scoring.domain.changes import Span
from services.scoring.domain.days import days_between
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.events import Event, decode
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import SourceReported
from services.scoring.domain.figures import Figures, figures_of_person, figures_of_tree, with_heads
from services.scoring.domain.policies import Policies
from services.scoring.projections.attendance.rows import SEARCH, leaves_in, person_days, signs_in
from services.scoring.projections.membership.rows import Membership, MembershipSpan, expected, membership_of
from services.scoring.projections.services.rows import contributions
from services.scoring.projections.unit_day.columns import Counters
from services.scoring.store import queries

Reference = tuple[str, str, str, str]
"""Type, subject, source and id of an event."""

MOST_PERSON_DAYS = 50_000
"""More is refused until period snapshots exist."""


async def policies_known(conn: Connection, known_at: datetime) -> Policies:
    """Return the policies as known at a moment, of whom nothing else of the directory has to be read."""
    rows = await queries.known_policies(conn, known_at=known_at)
    return await asyncio.to_thread(Policies.empty().with_events, (decode(row["payload"]) for row in rows))


class AsOf:
    """
    The journal as known at a moment, for questions about the days of one span.

    *without*: references of events that are left out, as if they had been voided.
    """

    def __init__(
        self, conn: Connection, known_at: datetime, span: Span, without: Collection[Reference] = frozenset()
    ) -> None:
        self._conn = conn
        self._known_at = known_at
        self._span = span
        self._without = without

    async def directory(self) -> Directory:
        """Return units, schedules, calendar, closings and policies as known then."""
        rows = await queries.known_directory(self._conn, known_at=self._known_at)
        return await asyncio.to_thread(Directory.empty().with_events, (decode(row["payload"]) for row in rows))

    async def unit(self, directory: Directory, code: str) -> Figures:
        """Return a unit's figures. Raises Refused beyond MOST_PERSON_DAYS."""
        first, last = self._span.first, self._span.last
        units = {unit for _, _, below in directory.tree.pieces(code, first, last) for unit in below}
        own = await self.own(directory, units)
        return await asyncio.to_thread(figures_of_tree, directory, code, first, last, own)

    async def own(self, directory: Directory, units: set[str]) -> dict[tuple[str, date], Counters]:
        """Return counters of units' own days. Raises Refused beyond MOST_PERSON_DAYS."""
        memberships = await self._members(units)
        people = await self._facts([f"employee:{employee}" for employee in memberships])
        services = await self._facts([f"unit:{unit}" for unit in sorted(units)])

        def added() -> dict[tuple[str, date], Counters]:
            own: dict[tuple[str, date], Counters] = defaultdict(Counters)
            self._add_people(directory, memberships, people, own)
            self._add_services(directory, services, own)
            return own

        return await asyncio.to_thread(added)

    async def employee(self, directory: Directory, employee: str) -> Figures:
        """Return a person's figures; zeros while they were not registered."""
        first, last = self._span.first, self._span.last
        subject = f"employee:{employee}"
        if not await queries.known_registered(self._conn, subject=subject, known_at=self._known_at):
            return figures_of_person(directory, first, last, (), {}, {})
        membership = (await self._memberships([employee]))[employee]
        facts = (await self._facts([subject]))[subject]
        return self._figures(directory, membership, facts, await self._services_of(directory, employee))

    async def people(self, directory: Directory, memberships: Mapping[str, Membership]) -> dict[str, Figures]:
        """Return the figures of people, of whom it is known where they belong; zeros while they were not registered."""
        subjects = [f"employee:{employee}" for employee in memberships]
        rows = await queries.known_registered_among(self._conn, subjects=subjects, known_at=self._known_at)
        registered = {row["subject"] for row in rows}
        facts = await self._facts(subjects)
        named = await queries.known_naming_any(self._conn, **self._naming(list(memberships)))

        def figures() -> dict[str, Figures]:
            services = self._services_in(directory, named)
            return {
                employee: self._figures(
                    directory, membership, facts[f"employee:{employee}"], services.get(employee, {})
                )
                if f"employee:{employee}" in registered
                else figures_of_person(directory, self._span.first, self._span.last, (), {}, {})
                for employee, membership in memberships.items()
            }

        return await asyncio.to_thread(figures)

    def _figures(
        self, directory: Directory, membership: Membership, events: list[Event], services: Mapping[date, Counters]
    ) -> Figures:
        leaves = leaves_in(_facts(events))
        attendance = person_days(signs_in(_facts(events)), membership, leaves, directory, [self._span])
        spans = expected(membership.spans, leaves)
        return figures_of_person(directory, self._span.first, self._span.last, spans, attendance, services)

    async def own_days(self, directory: Directory, subject: str) -> Mapping[tuple[str, date], Counters]:
        """Return what a person, where they belonged, or a unit by its services adds to the days of units."""
        own: dict[tuple[str, date], Counters] = defaultdict(Counters)
        facts = await self._facts([subject])
        if subject.startswith("employee:"):
            self._add_people(directory, await self._memberships([code_of(subject)]), facts, own)
        else:
            self._add_services(directory, facts, own)
        return own

    async def coverage(self) -> dict[str, datetime]:
        """Return how far each source said it was complete."""
        up_to: dict[str, datetime] = {}
        for row in await queries.known_heartbeats(self._conn, known_at=self._known_at):
            fact = decode(row["payload"]).fact
            assert isinstance(fact, SourceReported)
            name = code_of(row["subject"])
            up_to[name] = max(fact.up_to, up_to.get(name, fact.up_to))
        return up_to

    async def _members(self, units: set[str]) -> dict[str, Membership]:
        """Return the people who belong to one of the units on some day. Raises Refused beyond MOST_PERSON_DAYS."""
        rows = await queries.known_candidates(self._conn, units=sorted(units), known_at=self._known_at)
        people = sorted(code_of(row["subject"]) for row in rows)
        _refuse_beyond(len(people))  # before more is read of them
        memberships = await self._memberships(people)
        days = {employee: self._days_in(units, membership) for employee, membership in memberships.items()}
        _refuse_beyond(sum(days.values()))
        return {employee: membership for employee, membership in memberships.items() if days[employee]}

    def _days_in(self, units: set[str], membership: Membership) -> int:
        pieces = (
            min(span.last, self._span.last) - max(span.first, self._span.first)
            for span in membership.spans
            if span.unit in units
        )
        return sum(max(piece.days + 1, 0) for piece in pieces)

    async def _memberships(self, employees: Iterable[str]) -> dict[str, Membership]:
        subjects = [f"employee:{employee}" for employee in employees]
        rows = await queries.known_assignments(self._conn, subjects=subjects, known_at=self._known_at)
        events = await asyncio.to_thread(_decoded, subjects, rows)
        return {code_of(subject): membership_of(listed) for subject, listed in events.items()}

    async def _facts(self, subjects: Sequence[str]) -> dict[str, list[Event]]:
        rows = await queries.known_facts(
            self._conn,
            subjects=subjects,
            first=self._span.first - SEARCH,
            last=self._span.last + SEARCH,
            known_at=self._known_at,
        )
        found = await asyncio.to_thread(_decoded, subjects, rows)
        if not self._without:
            return found
        return {subject: [each for each in events if self._counts(each)] for subject, events in found.items()}

    def _counts(self, event: Event) -> bool:
        return event.reference not in self._without

    def _add_people(
        self,
        directory: Directory,
        memberships: Mapping[str, Membership],
        facts: Mapping[str, list[Event]],
        own: dict[tuple[str, date], Counters],
    ) -> None:
        heads: dict[tuple[str, date], int] = defaultdict(int)
        for employee, membership in memberships.items():
            events = facts[f"employee:{employee}"]
            leaves = leaves_in(_facts(events))
            for unit, day in self._expected_days(expected(membership.spans, leaves)):
                heads[unit, day] += 1
            days = person_days(signs_in(_facts(events)), membership, leaves, directory, [self._span])
            for day, present in days.items():
                own[present.unit, day] += present.counters
        with_heads(own, ((unit, day, count) for (unit, day), count in heads.items()))

    def _expected_days(self, spans: Iterable[MembershipSpan]) -> Iterable[tuple[str, date]]:
        for span in spans:
            first, last = max(span.first, self._span.first), min(span.last, self._span.last)
            yield from ((span.unit, day) for day in days_between(first, last))

    def _add_services(
        self, directory: Directory, facts: Mapping[str, list[Event]], own: dict[tuple[str, date], Counters]
    ) -> None:
        for subject, events in facts.items():
            unit = code_of(subject)
            for counted in contributions(events, unit, directory):
                if self._span.has(counted.day):
                    own[unit, counted.day] += counted.counters

    async def _services_of(self, directory: Directory, employee: str) -> Mapping[date, Counters]:
        rows = await queries.known_naming_any(self._conn, **self._naming([employee]))
        return self._services_in(directory, rows).get(employee, {})

    def _naming(self, employees: Sequence[str]) -> dict[str, object]:
        first, last = self._span.first - SEARCH, self._span.last + SEARCH
        return {"employees": employees, "first": first, "last": last, "known_at": self._known_at}

    def _services_in(
        self, directory: Directory, rows: Iterable[asyncpg.Record]
    ) -> Mapping[str, Mapping[date, Counters]]:
        """Return what services and answers add to the days of those whom they name."""
        services: dict[str, dict[date, Counters]] = defaultdict(lambda: defaultdict(Counters))
        for row in rows:
            event = decode(row["payload"])
            if self._counts(event):
                for counted in contributions([event], code_of(event.subject), directory):
                    services[row["named"]][counted.day] += counted.counters
        return services


def _refuse_beyond(person_days: int) -> None:
    if person_days > MOST_PERSON_DAYS:
        raise Refused(
            f"known_at: this takes more than {MOST_PERSON_DAYS} person-days; ask for a shorter span or a smaller unit."
        )


def _decoded(subjects: Iterable[str], rows: Iterable[asyncpg.Record]) -> dict[str, list[Event]]:
    events: dict[str, list[Event]] = {subject: [] for subject in subjects}
    for row in rows:
        events[row["subject"]].append(decode(row["payload"]))
    return events


def _facts(events: Iterable[Event]) -> list[Fact | None]:
    return [event.fact for event in events]
