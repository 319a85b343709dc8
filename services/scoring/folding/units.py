"""Services, answers, complaints and heartbeats: what comes to count is added, what ceases to count is taken away."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from services.kit.postgres import Connection
from services.scoring.domain.changes import REACH, Span
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.events import Event, decode
from services.scoring.domain.facts import (
    ComplaintReceived,
    ComplaintResolved,
    ServiceCompleted,
    SourceReported,
    SurveyAnswered,
)
from services.scoring.folding.differences import Differences
from services.scoring.projections.services.columns import CONTRIBUTED, CREDITED
from services.scoring.projections.services.rows import Contribution, complaint_contribution, contribution, contributions
from services.scoring.store import queries

Complaint = tuple[int, str, str]
"""Partition, unit and complaint."""

Placed = tuple[int, Event]
"""An event with its partition."""

COUNTED = frozenset((ServiceCompleted, SurveyAnswered))
ABOUT_COMPLAINTS = frozenset((ComplaintReceived, ComplaintResolved))


class Sorted(NamedTuple):
    """The facts of a batch that concern units."""

    counted: list[Placed]
    complaints: list[Placed]
    heartbeats: list[Placed]


class Units:
    """Folds what happens at units, in one transaction."""

    def __init__(self, conn: Connection, directory: Directory, differences: Differences) -> None:
        self._conn = conn
        self._directory = directory
        self._differences = differences

    async def fold(
        self, live: Mapping[int, list[Event]], gone: Mapping[int, list[Event]], firsts: Mapping[int, int]
    ) -> None:
        """
        Take in facts that came to count (*live*) and ceased to (*gone*), by partition.

        *firsts*: the first offset of this batch per partition, by which complaints tell before from after.
        """
        come, ceased = _sorted(live), _sorted(gone)
        for sign, sorted_ in ((+1, come), (-1, ceased)):
            for partition, event in sorted_.counted:
                assert isinstance(event.fact, (ServiceCompleted, SurveyAnswered))
                unit = code_of(event.subject)
                counted = contribution(event.fact, unit, self._directory)
                self._differences.add_contribution(partition, unit, counted, sign)
        await self._complaints(_named(come.complaints) | _named(ceased.complaints), firsts)
        await self._heartbeats(come.heartbeats, ceased.heartbeats)

    async def _complaints(self, complaints: set[Complaint], firsts: Mapping[int, int]) -> None:
        before: dict[Complaint, list[Event]] = {complaint: [] for complaint in complaints}
        after: dict[Complaint, list[Event]] = {complaint: [] for complaint in complaints}
        for row in await self._complaint_events(complaints):
            event, partition, voided = decode(row["payload"]), row["partition"], row["voided_offset"]
            key = _complaint(partition, event)
            assert key is not None
            if row["record_offset"] < firsts[partition] and (voided is None or voided >= firsts[partition]):
                before[key].append(event)
            if voided is None:
                after[key].append(event)
        for partition, unit, number in complaints:
            for sign, events in ((-1, before[partition, unit, number]), (+1, after[partition, unit, number])):
                counted = complaint_contribution(events, unit, self._directory)
                if counted is not None:
                    self._differences.add_contribution(partition, unit, counted, sign)

    async def _complaint_events(self, complaints: set[Complaint]) -> list[asyncpg.Record]:
        if not complaints:
            return []
        partitions, units, keys = zip(*complaints, strict=True)
        subjects = [f"unit:{unit}" for unit in units]
        rows: list[asyncpg.Record] = await queries.complaint_events(
            self._conn, partitions=partitions, subjects=subjects, keys=keys
        )
        return rows

    async def _heartbeats(self, live: Sequence[Placed], gone: Sequence[Placed]) -> None:
        up_to: dict[str, tuple[int, datetime]] = {}
        for partition, event in live:
            _note_heartbeat(up_to, partition, event)
        await self.reread_heartbeats({(partition, event.subject) for partition, event in gone})
        await self._raise_coverage(up_to)

    async def reread_heartbeats(self, sources: Collection[tuple[int, str]]) -> None:
        """Set how far sources, given as partition and subject, are complete, from the heartbeats that are left."""
        if not sources:
            return
        partitions, subjects = zip(*sorted(sources), strict=True)
        await queries.drop_coverage(self._conn, sources=[code_of(subject) for subject in subjects])
        up_to: dict[str, tuple[int, datetime]] = {}
        for row in await queries.greatest_heartbeats(self._conn, partitions=partitions, subjects=subjects):
            _note_heartbeat(up_to, row["partition"], decode(row["payload"]))
        await self._raise_coverage(up_to)

    async def _raise_coverage(self, up_to: Mapping[str, tuple[int, datetime]]) -> None:
        if up_to:
            names = sorted(up_to)
            partitions, moments = zip(*(up_to[name] for name in names), strict=True)
            await queries.raise_coverage(self._conn, sources=names, partitions=partitions, up_to=moments)

    async def recount(self, partition: int, unit: str, span: Span) -> None:
        """Set a unit's services, answers and complaints of the span, and what people are credited with, anew."""
        subject = f"unit:{unit}"
        search = {"partition": partition, "subject": subject, "first": span.first - REACH, "last": span.last + REACH}
        events = [decode(row["payload"]) for row in await queries.unit_facts(self._conn, **search)]
        events += await self._complained(partition, unit, search)
        for counted in contributions(events, unit, self._directory):
            if span.has(counted.day):
                self._differences.add_contribution(partition, unit, counted, +1)
        await self._take_away_kept(partition, unit, span)

    async def _complained(self, partition: int, unit: str, search: Mapping[str, object]) -> list[Event]:
        """Return all that stands of the complaints of which something falls into the window."""
        keys = {(partition, unit, row["key"]) for row in await queries.complaint_keys(self._conn, **search)}
        return [decode(row["payload"]) for row in await self._complaint_events(keys) if row["voided_offset"] is None]

    async def _take_away_kept(self, partition: int, unit: str, span: Span) -> None:
        kept = {"unit": unit, "first": span.first, "last": span.last}
        for row in await queries.own_unit_days(self._conn, partition=partition, **kept):
            self._differences.add_contribution(partition, unit, _kept(row), -1)
        for row in await queries.own_person_services(self._conn, **kept):
            figures = [row[name] for name in CREDITED]
            self._differences.add_person_service(partition, row["employee"], row["day"], unit, figures, -1)


def _kept(row: asyncpg.Record) -> Contribution:
    return Contribution(row["day"], None, tuple(row[name] for name in CONTRIBUTED))


def _complaint(partition: int, event: Event) -> Complaint | None:
    if isinstance(event.fact, (ComplaintReceived, ComplaintResolved)):
        return partition, code_of(event.subject), event.fact.complaint
    return None


def _named(events: Sequence[Placed]) -> set[Complaint]:
    found = (_complaint(partition, event) for partition, event in events)
    return {complaint for complaint in found if complaint is not None}


def _sorted(changed: Mapping[int, list[Event]]) -> Sorted:
    """Sort facts by their exact types: most are none of these, which `isinstance` takes long to find out."""
    sorted_ = Sorted([], [], [])
    for partition, events in changed.items():
        for event in events:
            kind = type(event.fact)
            if kind in COUNTED:
                sorted_.counted.append((partition, event))
            elif kind in ABOUT_COMPLAINTS:
                sorted_.complaints.append((partition, event))
            elif kind is SourceReported:
                sorted_.heartbeats.append((partition, event))
    return sorted_


def _note_heartbeat(up_to: dict[str, tuple[int, datetime]], partition: int, event: Event) -> None:
    if isinstance(event.fact, SourceReported):
        name = code_of(event.subject)
        up_to[name] = max((partition, event.fact.up_to), up_to.get(name, (partition, event.fact.up_to)))
