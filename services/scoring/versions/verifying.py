"""
Whether the projections are what the journal says: sums counted anew, and samples folded anew.

A sample is recomputed from all its facts in a transaction that is then undone; if that would change anything, what is
served is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.kit.postgres import Connection
from services.scoring.domain.changes import EVER
from services.scoring.domain.directory import Directory
from services.scoring.domain.events import UNKNOWN_TYPE
from services.scoring.folding.differences import Differences
from services.scoring.folding.draining import drain_step
from services.scoring.folding.people import People
from services.scoring.folding.placing import Placing
from services.scoring.folding.subtrees import kept_descents
from services.scoring.folding.units import Units
from services.scoring.projections.subtrees.rows import descents
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState
from services.scoring.versions.checksums import Sums, counted, differing, kept

MOST_BELOW = 2_000
"""Days of descent of one unit above: of more its sums are not added up anew while the fold waits."""


@dataclass(frozen=True, slots=True)
class Verified:
    """
    What was looked at and what is wrong.

    *sums*: projection, partition, rows as kept and as counted, where the sums differ. *wrong*: subjects whose figures
    are not what their facts give, with the projections concerned. *set_aside*, *later*: how many records of the journal
    no figure has, because they cannot be read or because only a newer version can.
    """

    people: int
    units: int
    sums: list[tuple[str, int, int, int]]
    wrong: dict[str, list[str]]
    set_aside: int = 0
    later: int = 0


async def verify_sample(conn: Connection, people: int, units: int) -> Verified:
    """
    Count all sums anew and refold that many people and units, chosen by chance; changes nothing.

    The live fold waits meanwhile, a fraction of a second for some hundred.
    """
    undone = conn.transaction()
    await undone.start()
    try:
        return await _verify(conn, people, units)
    finally:
        await undone.rollback()


async def _verify(conn: Connection, people: int, units: int) -> Verified:
    await queries.lock_for_directory(conn)
    partitions = [row["partition"] for row in await queries.offsets(conn)]
    await queries.hold_partitions(conn, partitions=partitions)
    sums = differing(await kept(conn), await counted(conn))
    state = DirectoryState()
    while await drain_step(conn, state):
        pass
    refolding = _Refolding(conn, await state.current(conn))
    chosen = await queries.some_people(conn, size=people)
    for row in chosen:
        await refolding.person(row["employee"], row["partition"])
    placing = Placing(len(partitions) - 1)
    some_units = {row["unit"]: placing.partition(row["unit"]) for row in await queries.some_units(conn, size=units)}
    for unit, partition in some_units.items():
        await refolding.unit(unit, partition)
    await refolding.attendance(some_units)
    await refolding.sums_above(list(some_units))
    apart = await queries.count_kept_apart(conn, later=UNKNOWN_TYPE)
    return Verified(len(chosen), len(some_units), sums, refolding.wrong, apart["malformed"], apart["later"])


class _Refolding:
    def __init__(self, conn: Connection, directory: Directory) -> None:
        self._conn = conn
        self._directory = directory
        self.wrong: dict[str, list[str]] = {}

    async def person(self, employee: str, partition: int) -> None:
        """Recompute all days of a person, and when they are expected."""
        differences = Differences()
        before = await kept(self._conn)
        await People(self._conn, self._directory, differences).recompute(
            {employee: partition}, {employee: [EVER]}, {employee}
        )
        await self._compare(f"employee:{employee}", before, differences)

    async def unit(self, unit: str, partition: int) -> None:
        """Recount all services, answers and complaints of a unit."""
        differences = Differences()
        before = await kept(self._conn)
        await Units(self._conn, self._directory, differences).recount(partition, unit, EVER)
        await self._compare(f"unit:{unit}", before, differences)

    async def _compare(self, subject: str, before: Sums, differences: Differences) -> None:
        await differences.write(self._conn, self._directory)
        changed = differing(before, await kept(self._conn))
        if changed:
            self.wrong[subject] = sorted({projection for projection, *_ in changed})

    async def attendance(self, units: Mapping[str, int]) -> None:
        """Compare the attendance of units, given with their partitions, with the days of their people."""
        rows = await queries.unlike_their_people(self._conn, units=list(units), partitions=list(units.values()))
        for row in rows:
            self.wrong.setdefault(f"unit:{row['unit']}", []).append("unit_day")

    async def sums_above(self, units: Sequence[str]) -> None:
        """Compare under whom units stand with the directory, and the sums above them with what is below these."""
        for unit, rows in (await kept_descents(self._conn, units)).items():
            if sorted(rows) != descents(self._directory, unit):
                self.wrong.setdefault(f"unit:{unit}", []).append("descent")
        for row in await queries.unlike_those_below(self._conn, units=units, most=MOST_BELOW):
            self.wrong.setdefault(f"unit:{row['unit']}", []).append(row["projection"])
