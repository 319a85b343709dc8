"""Draining: what a directory change moved is recomputed in bounded steps, each a transaction of its own."""

from datetime import timedelta

import asyncpg

from services.kit.postgres import Connection
from services.scoring.domain.changes import REACH, Span
from services.scoring.domain.directory import ONE_DAY, Directory
from services.scoring.folding.differences import Differences
from services.scoring.folding.directory_state import DirectoryState
from services.scoring.folding.people import People, Windows, memberships, merged
from services.scoring.folding.units import Units
from services.scoring.store import queries

PEOPLE_A_STEP = 200
DAYS_A_STEP = timedelta(days=62)


async def drain_step(conn: Connection, state: DirectoryState) -> bool:
    """
    Do one step of stale work in a transaction of its own; say whether there was any.

    Any worker may: the partitions' rows serialise it with their fold, and work in hand is skipped by others.
    """
    async with conn.transaction():
        await queries.lock_for_facts(conn)
        work = await queries.take_stale(conn, size=PEOPLE_A_STEP)
        if not work:
            return False
        kind = work[0]["kind"]
        work = [row for row in work if row["kind"] == kind] if kind == "person" else work[:1]
        await queries.hold_partitions(conn, parts=sorted({row["part"] for row in work}))
        step = _Step(conn, await state.current(conn))
        if kind == "person":
            await step.people(work)
        elif kind == "members":
            await step.members(work[0])
        else:
            await step.services(work[0])
        await step.differences.write(conn)
    return True


class _Step:
    def __init__(self, conn: Connection, directory: Directory) -> None:
        self._conn = conn
        self.differences = Differences()
        self._people = People(conn, directory, self.differences)
        self._units = Units(conn, directory, self.differences)

    async def people(self, work: list[asyncpg.Record]) -> None:
        parts = {row["code"]: row["part"] for row in work}
        windows: Windows = {employee: [] for employee in parts}
        for row in work:
            windows[row["code"]].append(Span(row["first"], row["last"]))
        windows = {employee: merged(spans) for employee, spans in windows.items()}
        await self._people.recompute(parts, await memberships(self._conn, parts), windows, set(parts))
        await queries.finish_stale(self._conn, ids=[row["id"] for row in work])

    async def members(self, row: asyncpg.Record) -> None:
        """Recompute the next members of a unit whose hours or zone changed."""
        span = Span(row["first"], row["last"])
        found = await queries.members(
            self._conn,
            unit=row["code"],
            part=row["part"],
            first=span.first,
            last=span.last,
            after=row["after"],
            size=PEOPLE_A_STEP,
        )
        employees = [member["employee"] for member in found]
        if employees:
            parts = dict.fromkeys(employees, row["part"])
            windows = {employee: [span] for employee in employees}
            await self._people.recompute(parts, await memberships(self._conn, employees), windows, set())
        if len(employees) < PEOPLE_A_STEP:
            await queries.finish_stale(self._conn, ids=[row["id"]])
        else:
            await queries.continue_members(self._conn, id=row["id"], after=employees[-1])

    async def services(self, row: asyncpg.Record) -> None:
        """Recount the next days of a unit whose zone changed."""
        subject = f"unit:{row['code']}"
        start = await queries.next_fact_day(self._conn, part=row["part"], subject=subject, day=row["first"] - REACH)
        if start is None or start > row["last"] + REACH:
            await queries.finish_stale(self._conn, ids=[row["id"]])
            return
        first = max(row["first"], start - REACH)
        last = min(row["last"], first + DAYS_A_STEP)
        await self._units.recount(row["part"], row["code"], Span(first, last))
        if last == row["last"]:
            await queries.finish_stale(self._conn, ids=[row["id"]])
        else:
            await queries.continue_services(self._conn, id=row["id"], first=last + ONE_DAY)
