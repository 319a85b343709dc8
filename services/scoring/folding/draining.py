"""Draining: what a directory change moved is recomputed in bounded steps, each a transaction of its own."""

from datetime import timedelta

import asyncpg

from services.kit import crashpoints
from services.kit.postgres import Connection
from services.scoring.domain.changes import REACH, Span
from services.scoring.domain.days import ONE_DAY
from services.scoring.domain.directory import EVERYONE, Directory
from services.scoring.folding.differences import Differences
from services.scoring.folding.people import People, Windows, merged
from services.scoring.folding.subtrees import move_sums
from services.scoring.folding.units import Units
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState

ROWS_A_STEP = 500
PEOPLE_A_STEP = 300
DAYS_A_STEP = timedelta(days=62)
LONG, PEOPLE_OVER_LONG = timedelta(days=400), 50
"""Of people with years of facts fewer are recomputed in one step: what is in memory are all facts of the span."""


async def drain_step(conn: Connection, state: DirectoryState) -> bool:
    """Do one step of queued work in a transaction of its own; say whether there was any. Any worker may."""
    return await move_sums(conn, state) or await _recompute(conn, state)


async def _recompute(conn: Connection, state: DirectoryState) -> bool:
    """Recompute facts: the partitions' rows serialise it with their fold, and work in hand is skipped by others."""
    async with conn.transaction():
        await queries.lock_for_facts(conn)
        first = await queries.take_queued(conn)
        if first is None:
            return False
        work = [first]
        if first["kind"] != "services" and first["code"] != EVERYONE:
            work += await queries.take_more_people(conn, id=first["id"], size=ROWS_A_STEP - 1)
        await queries.hold_partitions(conn, partitions=sorted({row["partition"] for row in work}))
        directory = await state.current(conn)
        step = _Step(conn, directory)
        await step.do(work)
        await step.differences.write(conn, directory)
        crashpoints.reached("scoring.drain")
    return True


class _Step:
    def __init__(self, conn: Connection, directory: Directory) -> None:
        self._conn = conn
        self.differences = Differences()
        self._people = People(conn, directory, self.differences)
        self._units = Units(conn, directory, self.differences)

    async def do(self, work: list[asyncpg.Record]) -> None:
        """Do work that belongs together: people and members of units, or one row of any other kind."""
        if work[0]["kind"] == "services":
            await self._services(work[0])
        elif work[0]["code"] == EVERYONE:
            await self._everyone(work[0])
        else:
            await self._few_people(work)

    async def _everyone(self, row: asyncpg.Record) -> None:
        """Recompute the next people of a partition."""
        size = PEOPLE_OVER_LONG if row["last"] - row["first"] > LONG else PEOPLE_A_STEP
        partition, span = row["partition"], Span(row["first"], row["last"])
        found = await queries.next_of_everyone(
            self._conn, partition=partition, first=span.first, last=span.last, after=row["after"], size=size
        )
        employees = [member["employee"] for member in found]
        await self._people.recompute(dict.fromkeys(employees, partition), {each: [span] for each in employees}, set())
        if len(employees) < size:
            await queries.finish_queued(self._conn, ids=[row["id"]])
        else:
            await queries.continue_members(self._conn, id=row["id"], after=employees[-1])

    async def _few_people(self, work: list[asyncpg.Record]) -> None:
        """Recompute people who moved, and the next members of units whose hours or zone changed."""
        moved = [row for row in work if row["kind"] == "person"]
        spans = [(row["code"], row["partition"], Span(row["first"], row["last"])) for row in moved]
        spans += await self._members([row for row in work if row["kind"] == "members"])
        partitions = {employee: partition for employee, partition, _ in spans}
        windows: Windows = {employee: [] for employee in partitions}
        for employee, _, span in spans:
            windows[employee].append(span)
        windows = {employee: merged(listed) for employee, listed in windows.items()}
        restaffed = {row["code"] for row in moved}
        await self._people.recompute(partitions, windows, restaffed)
        await queries.finish_queued(self._conn, ids=[row["id"] for row in moved])

    async def _members(self, work: list[asyncpg.Record]) -> list[tuple[str, int, Span]]:
        """Return the next members of units with the days to recompute, and note up to whom they are taken."""
        if not work:
            return []
        rows = {row["id"]: row for row in work}
        found = await queries.next_members(self._conn, ids=sorted(rows), size=PEOPLE_A_STEP)
        finished = set(rows)
        if len(found) == PEOPLE_A_STEP:
            last = found[-1]
            finished = {number for number in rows if number < last["id"]}
            await queries.continue_members(self._conn, id=last["id"], after=last["employee"])
        await queries.finish_queued(self._conn, ids=sorted(finished))
        return [
            (member["employee"], row["partition"], Span(row["first"], row["last"]))
            for member in found
            for row in (rows[member["id"]],)
        ]

    async def _services(self, row: asyncpg.Record) -> None:
        """Recount the next days of a unit whose zone changed."""
        subject = f"unit:{row['code']}"
        start = await queries.next_fact_day(
            self._conn, partition=row["partition"], subject=subject, day=row["first"] - REACH
        )
        if start is None or start > row["last"] + REACH:
            await queries.finish_queued(self._conn, ids=[row["id"]])
            return
        first = max(row["first"], start - REACH)
        last = min(row["last"], first + DAYS_A_STEP)
        await self._units.recount(row["partition"], row["code"], Span(first, last))
        if last == row["last"]:
            await queries.finish_queued(self._conn, ids=[row["id"]])
        else:
            await queries.continue_services(self._conn, id=row["id"], first=last + ONE_DAY)
