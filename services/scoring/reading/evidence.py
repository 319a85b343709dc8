"""
What the evaluation rests on, read from the journal as known at a moment; now is a moment that never comes.

Every function runs inside the caller's snapshot.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeVar

import asyncpg
from asyncpg.pgproto.pgproto import UUID

from schemas.topics import EVENTS, position_key
from services.kit.postgres import Connection
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.evaluation_facts import ABOUT_PERIODS, OF_CONTESTS, EventContested
from services.scoring.domain.events import Event, decode
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import AssignmentStarted
from services.scoring.domain.record import identity_of
from services.scoring.evaluation.evidence import Stamped, stamped
from services.scoring.evaluation.organisation import Organisation
from services.scoring.folding.placing import Placing
from services.scoring.projections.attendance.rows import SEARCH
from services.scoring.projections.membership.rows import Membership, assignment
from services.scoring.store import queries

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""As known then: everything that has come."""
_MOST_TURNS = 64
_MANY = 500

T = TypeVar("T")


class LoggedEvent(NamedTuple):
    """An event with its place on the log, when it came there, and whether it was taken back."""

    event: Stamped[Fact]
    partition: int
    offset: int
    recorded_at: datetime
    is_voided: bool
    payload: bytes

    @property
    def position(self) -> str:
        """Its place as answers say it: events/3:120."""
        return f"{position_key(EVENTS, self.partition)}:{self.offset}"


class Evidence:
    """
    Reads the journal as known at *known_at*. *partitions*: how many kinerja.events has.

    *asked_at* is the moment that was asked for, None for now.
    """

    def __init__(self, conn: Connection, partitions: int, known_at: datetime | None) -> None:
        self.conn = conn
        self._placing = Placing(partitions)
        self.asked_at = known_at
        self.known_at = known_at or NEVER
        self._of_people: dict[str, list[Stamped[AssignmentStarted]]] = {}
        self._of_heads: dict[str, list[Stamped[AssignmentStarted]]] = {}
        self._organisation: Organisation | None = None

    def at(self, moment: datetime) -> "Evidence":
        """Return the evidence as known at another moment, in the same snapshot."""
        return Evidence(self.conn, len(self._placing.partitions), moment)

    async def about(
        self, subjects: Collection[str], periods: Sequence[str], types: Sequence[str] = ABOUT_PERIODS
    ) -> list[LoggedEvent]:
        """Return what was said about these subjects and periods in events of *types*, taken-back ones included."""
        if not subjects:
            return []
        rows = await queries.known_of_periods(
            self.conn, **self._placed(subjects), periods=periods, types=types, known_at=self.known_at
        )
        return await _known(rows)

    async def about_one(self, subject: str, periods: Sequence[str]) -> tuple[list[LoggedEvent], list[LoggedEvent]]:
        """Return what was said about one subject and periods, and the standing contests of its events with answers."""
        rows = await queries.known_about_one(
            self.conn,
            partition=self._placing.partition(code_of(subject)),
            subject=subject,
            periods=periods,
            types=ABOUT_PERIODS,
            known_at=self.known_at,
        )
        listed: tuple[list[asyncpg.Record], list[asyncpg.Record]] = ([], [])
        for row in rows:
            listed[row["type"] in OF_CONTESTS].append(row)
        return await _known(listed[0]), [each for each in await _known(listed[1]) if not each.is_voided]

    async def contests(self, subjects: Collection[str]) -> list[LoggedEvent]:
        """Return the standing contests of events about these subjects, and the answers to them."""
        if not subjects:
            return []
        rows = await queries.known_contests(self.conn, **self._placed(subjects), known_at=self.known_at)
        return await _known(rows)

    async def contested(self, contests: Iterable[Stamped[Fact]]) -> list[LoggedEvent]:
        """Return the events that contests name and that lie beside them on the log, taken-back ones included."""
        named = {
            (self._placing.partition(code_of(each.subject)), identity_of(ref.source, ref.id), ref.type, each.subject)
            for each in contests
            if isinstance(each.fact, EventContested)
            for ref in (each.fact.contested,)
        }
        if not named:
            return []
        partitions, identities, types, subjects = zip(*sorted(named), strict=True)
        rows = await queries.known_targets(
            self.conn,
            partitions=partitions,
            identities=[UUID(identity) for identity in identities],
            types=types,
            subjects=subjects,
            known_at=self.known_at,
        )
        return await _known(rows)

    async def facts_of_person(self, employee: str, first: date, last: date) -> list[LoggedEvent]:
        """Return the standing facts about a person, or naming them, that may count on these days."""
        rows = await queries.known_facts_of_person(
            self.conn,
            partition=self._placing.partition(employee),
            subject=f"employee:{employee}",
            employee=employee,
            first=first - SEARCH,
            last=last + SEARCH,
            known_at=self.known_at,
        )
        return await _known(rows)

    async def facts_of_units(self, subjects: Collection[str], first: date, last: date) -> list[LoggedEvent]:
        """Return the standing services, answers and complaints of units that may count on these days."""
        if not subjects:
            return []
        rows = await queries.known_facts_of_units(
            self.conn, **self._placed(subjects), first=first - SEARCH, last=last + SEARCH, known_at=self.known_at
        )
        return await _known(rows)

    async def units_naming(self, employees: Collection[str], first: date, last: date) -> list[str]:
        """Return the subjects of units where services or answers of these days name one of these people."""
        rows = await queries.known_units_naming(
            self.conn, employees=[*employees], first=first - SEARCH, last=last + SEARCH, known_at=self.known_at
        )
        return sorted(row["subject"] for row in rows)

    async def contested_units(self) -> set[str]:
        """Return the subjects of all units of which any event is contested: few, but for the whole country."""
        return {row["subject"] for row in await queries.known_contested_units(self.conn, known_at=self.known_at)}

    async def supervised(self, *supervisors: str) -> set[str]:
        """Return whom some assignment puts under one of these supervisors by name."""
        rows = await queries.known_supervised(self.conn, supervisors=supervisors, known_at=self.known_at)
        return {code_of(row["subject"]) for row in rows}

    async def units_led_by(self, *heads: str) -> list[str]:
        """Return the units that some assignment of one of these people makes them head of."""
        await self.bring_people({*heads} - self._of_people.keys())
        return sorted({each.fact.unit for head in heads for each in self._of_people[head] if each.fact.head})

    async def assigned(self, units: Collection[str], most: int) -> set[str] | None:
        """Return everyone whom assignments ever put into one of the units; None for more assignments than *most*."""
        rows = await queries.known_assigned(self.conn, units=sorted(units), known_at=self.known_at, most=most + 1)
        return {code_of(row["subject"]) for row in rows} if len(rows) <= most else None

    async def in_organisation(
        self, directory: Directory, compute: Callable[[Organisation], T], *, beside: bool = False
    ) -> T:
        """
        Return what *compute* finds in an organisation of which all that it asks about is known.

        It is called again until nothing is missing; each turn brings those a step further up. *beside* the event loop,
        when it has many to look at.
        """
        for _ in range(_MOST_TURNS):
            organisation = self._organisation or Organisation(directory.tree, self._of_people, self._of_heads)
            found = await asyncio.to_thread(compute, organisation) if beside else compute(organisation)
            if not organisation.missing_people and not organisation.missing_units:
                self._organisation = organisation  # what it has worked out holds until more is brought
                return found
            self._organisation = None
            await self._bring(organisation.missing_people, organisation.missing_units)
        raise RecursionError("the organisation has no end")

    async def _bring(self, people: Collection[str], units: Collection[str]) -> None:
        if units:
            for unit in units:
                self._of_heads[unit] = []
            rows = await queries.known_heads(self.conn, units=list(units), known_at=self.known_at)
            people = {*people}
            for each in await _assignments(rows):
                self._of_heads[each.fact.unit].append(each)
                people.add(code_of(each.subject))
        await self.bring_people({*people} - self._of_people.keys())

    async def bring_people(self, people: Collection[str]) -> None:
        """Read all assignments of these people."""
        if not people:
            return
        for person in people:
            self._of_people[person] = []
        subjects = [f"employee:{person}" for person in people]
        rows = await queries.known_assignments(self.conn, subjects=subjects, known_at=self.known_at)
        for each in await _assignments(rows):
            self._of_people[code_of(each.subject)].append(each)

    async def memberships(self, people: Collection[str]) -> dict[str, Membership]:
        """Return where people belong."""
        await self.bring_people({*people} - self._of_people.keys())
        found = {person: self._of_people[person] for person in people}
        return await asyncio.to_thread(_memberships, found) if len(found) > _MANY else _memberships(found)

    async def complaints(self, named: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Event]]:
        """Return the standing events of complaints, each named by its unit's subject and its number."""
        found: dict[tuple[str, str], list[Event]] = {key: [] for key in named}
        if named:
            subjects, keys = zip(*sorted(named), strict=True)
            partitions = [self._placing.partition(code_of(subject)) for subject in subjects]
            rows = await queries.known_complaints(
                self.conn, partitions=partitions, subjects=subjects, keys=keys, known_at=self.known_at
            )
            for row in rows:
                found[row["subject"], row["key"]].append(decode(row["payload"]))
        return found

    def _placed(self, subjects: Collection[str]) -> dict[str, list[object]]:
        listed = sorted(subjects)
        return {"partitions": [self._placing.partition(code_of(each)) for each in listed], "subjects": [*listed]}


async def _assignments(rows: list[asyncpg.Record]) -> list[Stamped[AssignmentStarted]]:
    """Decode rows, many of them beside the event loop."""
    return await asyncio.to_thread(_started, rows) if len(rows) > _MANY else _started(rows)


def _started(rows: Iterable[asyncpg.Record]) -> list[Stamped[AssignmentStarted]]:
    found = []
    for row in rows:
        event = decode(row["payload"])
        assert isinstance(event.fact, AssignmentStarted)
        found.append(Stamped(event.stamp, event.type, event.subject, event.fact))
    return found


def _memberships(found: Mapping[str, Iterable[Stamped[AssignmentStarted]]]) -> dict[str, Membership]:
    return {person: _membership(assignments) for person, assignments in found.items()}


def _membership(assignments: Iterable[Stamped[AssignmentStarted]]) -> Membership:
    found = (assignment(each.fact, each.stamp) for each in assignments)
    return Membership.of_assignments([each for each in found if each is not None])


async def _known(rows: list[asyncpg.Record]) -> list[LoggedEvent]:
    """Decode rows, many of them beside the event loop, in the order of the log."""
    return await asyncio.to_thread(_decoded, rows) if len(rows) > _MANY else _decoded(rows)


def _decoded(rows: list[asyncpg.Record]) -> list[LoggedEvent]:
    """Decode what says something; a type that the journal alone keeps is on no card."""
    found = [
        LoggedEvent(
            stamped(event), row["partition"], row["record_offset"], row["recorded_at"], row["voided"], row["payload"]
        )
        for event, row in _events(rows)
    ]
    return sorted(found, key=lambda known: (known.partition, known.offset))


def _events(rows: Iterable[asyncpg.Record]) -> Iterator[tuple[Event, asyncpg.Record]]:
    for row in rows:
        event = decode(row["payload"])
        if event.fact is not None:
            yield event, row


def standing(known: Iterable[LoggedEvent]) -> list[Stamped[Fact]]:
    """Return the events that were not taken back, each identity once."""
    return [each.event for each in known if not each.is_voided]


def by_subject(events: Iterable[Stamped[Fact]]) -> dict[str, list[Stamped[Fact]]]:
    """Return events by whom they are about."""
    found: dict[str, list[Stamped[Fact]]] = defaultdict(list)
    for event in events:
        found[event.subject].append(event)
    return found
