"""Scoring workers as real processes that come and go while a history flows: nothing is lost, nothing doubled."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from services.local.servers import Servers
from tests.support.canonical_log import write
from tests.support.deployment import Deployment, deployment, until
from tests.support.histories import TOWN, VILLAGE, random_arrivals, random_history
from tests.support.oracle import Event
from tests.support.verdict import check_rows

NAMES = ("w1", "w2", "w3")
PARTITIONS = 9
KNOBS = {"session_timeout_ms": "3000", "batch_records": "40"}

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def workers(servers: Servers, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A database and a log, and no worker yet."""
    async with deployment(servers, tmp_path) as made:
        yield made


async def _shared(workers: Deployment) -> bool:
    """Whether every partition has an owner and every worker partitions."""
    running = [worker for worker in workers.running.values() if worker.child.running]
    owned = [await worker.metric("kinerja_partitions_owned") for worker in running]
    return min(owned) > 0 and sum(owned) == PARTITIONS


async def _join(workers: Deployment, chance: random.Random) -> None:
    """Start a worker that does not run."""
    running = [name for name, worker in workers.running.items() if worker.child.running]
    await workers.start_worker(chance.choice(sorted({*NAMES} - {*running})), ready="/health/live", **KNOBS)


async def _die(workers: Deployment, chance: random.Random) -> None:
    """Kill one that runs."""
    await chance.choice([worker for worker in workers.running.values() if worker.child.running]).kill()


async def _leave(workers: Deployment, chance: random.Random) -> None:
    """Stop one that runs, as an update would."""
    await chance.choice([worker for worker in workers.running.values() if worker.child.running]).stop()


STORM = (_join, _die, _join, _leave, _die, _join, _join, _die)
"""From two workers on; at least one is always left."""


def _parts(events: Sequence[Event], count: int) -> list[Sequence[Event]]:
    size = -(-len(events) // count)
    return [events[start : start + size] for start in range(0, len(events), size)]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 7))])
async def test_workers_that_join_leave_and_die_leave_what_one_would(workers: Deployment, seed: int) -> None:
    """A storm of rebalances during a shuffled history with duplicates: equal to the oracle and to one quiet worker."""
    history, chance = random_history(seed, 700, TOWN), random.Random(seed)
    for name in NAMES[:2]:
        await workers.start_worker(name, **KNOBS)
    for part, move in zip(_parts(random_arrivals(seed, history, 100), len(STORM)), STORM, strict=True):
        await asyncio.gather(write(workers.around.kafka, part), move(workers, chance))
    await workers.settled()
    await workers.close()
    await check_rows(workers, history)


async def test_a_directory_that_changes_while_others_fold_what_it_moves_is_missed_by_nobody(
    workers: Deployment,
) -> None:
    """One process folds the directory, another the facts it moves, at the same moment; rows are as from one worker."""
    history = random_history(31, 500, VILLAGE)
    knobs = KNOBS | {"batch_records": "15", "session_timeout_ms": "6000"}
    await asyncio.gather(*(workers.start_worker(name, **knobs) for name in NAMES[:2]))
    await until(lambda: _shared(workers), 20, "both workers own partitions")
    await write(workers.around.kafka, random_arrivals(31, history, 100))
    await workers.settled()

    running = workers.running.values()
    directory = [await one.metric('scoring_records_folded_total{topic="kinerja.directory"}') for one in running]
    facts = [await one.metric('scoring_records_folded_total{topic="kinerja.events"}') for one in running]
    assert sorted(directory)[0] == 0 < sorted(directory)[1]
    assert min(facts) > 0
    await workers.close()
    await check_rows(workers, history)


@pytest.mark.slow
async def test_a_worker_that_returns_within_the_session_disturbs_nobody(workers: Deployment) -> None:
    """A static member that was killed and comes back gets its own partitions; the others are not rebalanced."""
    history = random_history(5, 200, VILLAGE)
    knobs = KNOBS | {"session_timeout_ms": "20000"}
    await asyncio.gather(*(workers.start_worker(name, **knobs) for name in NAMES[:2]))
    await until(lambda: _shared(workers), 20, "both workers own partitions")
    gone, other = workers.running["w1"], workers.running["w2"]
    before = await other.metric("kinerja_rebalances_total")
    owned = await gone.metric("kinerja_partitions_owned")
    await gone.kill()
    await write(workers.around.kafka, history)
    back = await workers.start_worker("w1", **knobs)
    await workers.settled()

    assert await other.metric("kinerja_rebalances_total") == before
    assert await back.metric("kinerja_partitions_owned") == owned
    await workers.close()
    await check_rows(workers, history)
