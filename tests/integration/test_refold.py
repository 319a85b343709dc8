"""Records folded late count as if they had been folded when they came, and once."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.scoring.domain.events import unknown
from services.scoring.domain.ledger import Walk
from services.scoring.domain.record import Record, faulty_record
from services.scoring.folding.placing import Placing
from services.scoring.folding.refolding import known_now, refold
from services.scoring.ledger.verifying import examine, heads, snapshot
from services.scoring.store.directory_state import DirectoryState
from tests.integration.conftest import role_dsn
from tests.support.folding import Scoring, as_log
from tests.support.histories import VILLAGE, random_arrivals, random_history

PARTITIONS = 4
PLACING = Placing(PARTITIONS)
UNREADABLE = "a decoder that was mended since"


@pytest.fixture
async def scoring(scoring_dsn: str) -> AsyncIterator[Scoring]:
    """A database of this test's own."""
    made = await Scoring.open(scoring_dsn)
    yield made
    await made.pool.close()


def _kept_apart(record: Record, fault: str) -> Record:
    return faulty_record(record.partition, record.offset, record.milliseconds, record.payload, fault)


async def _refold(scoring: Scoring, faults: list[str] | None = None) -> int:
    taken = await refold(scoring.pool, DirectoryState(), PLACING, faults)
    await scoring.fold({}, [1])
    return taken


async def _journal(scoring: Scoring) -> list[asyncpg.Record]:
    """What the journal says of every record but which of several equal ones is the duplicate."""
    rows = await scoring.pool.fetch(
        "SELECT partition, record_offset, identity, type, fault, chain FROM journal ORDER BY partition, record_offset"
    )
    return list(rows)


async def _walks(dsn: str) -> list[Walk]:
    async with snapshot(dsn) as conn:
        return [(await examine(conn, head, None, None, lambda _: None)).walk for head in await heads(conn)]


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_was_kept_apart_counts_as_if_it_never_was(scoring: Scoring, scoring_dsn: str, seed: int) -> None:
    """Facts, registers, assignments, leaves and voids, of both topics, doubled ones too."""
    log = as_log(random_arrivals(seed, random_history(seed, 200, VILLAGE), 20), PARTITIONS)
    await scoring.fold(log, [7, 30])
    wanted, journal = await scoring.projections(), await _journal(scoring)

    await scoring.clear()
    dice = random.Random(seed)
    partly = {
        partition: [_kept_apart(r, UNREADABLE) if dice.random() < 0.3 else r for r in records]
        for partition, records in log.items()
    }
    faults = sum(record.fault is not None for records in partly.values() for record in records)
    await scoring.fold(partly, [7, 30])
    assert await scoring.projections() != wanted
    before = [walk.evidence() for walk in await _walks(scoring_dsn)]
    assert sum(walk.set_aside for walk in await _walks(scoring_dsn)) == faults

    assert await _refold(scoring, known_now()) == 0
    taken = await _refold(scoring)

    assert 0 < taken <= faults
    assert await scoring.projections() == wanted
    assert await _journal(scoring) == journal
    walks = await _walks(scoring_dsn)
    assert [walk.first for walk in walks] == [None] * len(walks)
    assert [walk.evidence() for walk in walks] == before, "no seal made before is broken"
    assert await _refold(scoring) == 0
    assert await scoring.projections() == wanted


async def test_two_at_once_take_in_each_record_once(scoring: Scoring) -> None:
    """An operator's tool beside a worker that was just upgraded."""
    log = as_log(random_history(3, 200, VILLAGE), PARTITIONS)
    await scoring.fold(log, [40])
    wanted = await scoring.projections()
    await scoring.clear()
    apart = {
        partition: [_kept_apart(r, unknown("unit.registered.v1")) for r in records]
        for partition, records in log.items()
    }
    await scoring.fold(apart, [40])

    first, second = await asyncio.gather(
        refold(scoring.pool, DirectoryState(), PLACING, known_now()), refold(scoring.pool, DirectoryState(), PLACING)
    )
    await scoring.fold({}, [1])

    assert first + second == sum(map(len, log.values()))
    assert await scoring.projections() == wanted


async def test_nothing_is_refolded_while_a_version_is_rebuilt(scoring: Scoring) -> None:
    """It would be in the journal and in one version only."""
    log = as_log(random_history(3, 60, VILLAGE), PARTITIONS)
    await scoring.fold(
        {partition: [_kept_apart(r, UNREADABLE) for r in records] for partition, records in log.items()}, [40]
    )
    async with scoring.pool.acquire() as rebuilding:
        await rebuilding.execute("SELECT pg_advisory_lock(7404)")
        assert await _refold(scoring) == 0
        await rebuilding.execute("SELECT pg_advisory_unlock(7404)")
    assert await _refold(scoring) == sum(map(len, log.values()))


async def test_the_command_takes_in_what_both_services_keep_and_says_so(scoring: Scoring, migrated: str) -> None:
    """`kinerja refold`, run twice: everything counts after the first, and the second finds nothing."""
    log = as_log(random_history(3, 60, VILLAGE), PARTITIONS)
    await scoring.fold(
        {partition: [_kept_apart(r, UNREADABLE) for r in records] for partition, records in log.items()}, [40]
    )
    dsns = {f"KINERJA_{role.upper()}_DSN": role_dsn(migrated, role) for role in ("scoring", "notifications")}

    said = []
    for _ in range(2):
        command = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "refold", env=os.environ | dsns, stdout=asyncio.subprocess.PIPE
        )
        said.append((await command.communicate())[0].decode())
        assert command.returncode == 0, said
    assert f"{sum(map(len, log.values()))} rekaman kini dihitung" in said[0]
    assert "0 rekaman kini dihitung" in said[1]
    assert "Notifikasi: 0 rekaman" in said[1]
