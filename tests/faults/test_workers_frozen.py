"""A worker that is frozen, declared dead and replaced, and then goes on as if nothing had happened."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from services.kit.kafka_address import client_options
from services.local.servers import Servers
from tests.support.canonical_log import write
from tests.support.deployment import Deployment, deployment, until
from tests.support.histories import VILLAGE, random_history
from tests.support.oracle import Event
from tests.support.verdict import check_rows

REJECTS = "kinerja_fence_rejects_total"
KNOBS = {"session_timeout_ms": "3000", "batch_records": "60", "worker_silence_s": "3", "worker_transaction_s": "5"}
HISTORY = random_history(17, 400, VILLAGE)
FACT = next(event for event in HISTORY[150:] if event["type"] == "attendance.punched.v1")

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def workers(servers: Servers, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A database and a log, and no worker yet."""
    async with deployment(servers, tmp_path) as made:
        yield made


async def _freeze_with_a_batch(workers: Deployment, weakness: str, history: Sequence[Event], **knobs: str) -> None:
    """Start w1 and let it freeze at FACT, with a batch in hand, before (or inside) the transaction that folds it."""
    frozen = await workers.start_worker("w1", **{**KNOBS, **knobs, weakness: str(FACT["id"])})
    await write(workers.around.kafka, history)
    await until(frozen.frozen, 20, "w1 is frozen")


@pytest.mark.parametrize(
    ("weakness", "rejects"), [("odd_before", 1), pytest.param("odd_inside", 0, marks=pytest.mark.slow)]
)
async def test_a_worker_that_wakes_up_after_its_partitions_moved_writes_nothing(
    workers: Deployment, weakness: str, rejects: int
) -> None:
    """
    Another worker folds everything meanwhile; what the sleeper had in hand is refused by the fence, and counted.

    One that slept inside its transaction finds its session ended; when it tries again, its partitions may be known to
    be another's already, and then it does not even ask.
    """
    await _freeze_with_a_batch(workers, weakness, HISTORY[:300])
    sleeper = workers.running["w1"]
    other = await workers.start_worker("w2", **KNOBS)
    await workers.settled(30)
    assert await other.metric(REJECTS) == 0

    sleeper.thaw()
    await until(lambda: _at_least(sleeper.metric(REJECTS), rejects), 20, "the fence rejects the sleeper")
    await until(lambda: _at_least(sleeper.metric("kinerja_rebalances_total"), 2), 20, "the sleeper takes part again")
    await write(workers.around.kafka, HISTORY[300:])
    await workers.settled()
    assert await other.metric(REJECTS) == 0
    await workers.close()
    await check_rows(workers, HISTORY)


@pytest.mark.slow
async def test_two_workers_of_one_name_leave_right_figures(workers: Deployment) -> None:
    """As when a machine hangs, its worker is started elsewhere under the same name, and the first one wakes up."""
    await _freeze_with_a_batch(workers, "odd_before", HISTORY[:300])
    sleeper = workers.running["sleeper"] = workers.running.pop("w1")
    await workers.start_worker("w1", **KNOBS)
    await workers.settled(30)

    sleeper.thaw()
    await until(lambda: _at_least(sleeper.metric(REJECTS), 1), 20, "the fence rejects the sleeper")
    await write(workers.around.kafka, HISTORY[300:])
    await workers.settled()
    await workers.close()
    await check_rows(workers, HISTORY)


@pytest.mark.slow
async def test_a_worker_that_joins_in_mid_batch_waits_for_its_end(workers: Deployment) -> None:
    """Partitions change hands only after the batch in hand is committed: nobody is fenced, nothing is folded twice."""
    await _freeze_with_a_batch(workers, "odd_before", HISTORY, session_timeout_ms="15000")
    holder = workers.running["w1"]
    joining = await workers.start_worker("w2", ready="/health/live", **KNOBS)
    await until(lambda: _rebalancing(workers), 20, "the group waits for w1")
    holder.thaw()
    await until(lambda: _at_least(joining.metric("kinerja_partitions_owned"), 1), 20, "w2 owns partitions")
    await workers.settled()

    assert await holder.metric(REJECTS) == await joining.metric(REJECTS) == 0
    await workers.close()
    await check_rows(workers, HISTORY)


async def _at_least(value: object, least: float) -> bool:
    return await value >= least  # type: ignore[misc, no-any-return]


async def _rebalancing(workers: Deployment) -> bool:
    group = workers.admin.rpartition("/")[2]
    admin = AIOKafkaAdminClient(**client_options(workers.around.kafka))
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
        return bool(answer.groups[0][2] == "PreparingRebalance")
    finally:
        await admin.close()
