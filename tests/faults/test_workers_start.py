"""Workers that start at the same moment, or on a database that can never work."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from services.kit.errors import UserError
from services.kit.postgres import open_pool
from services.local.servers import Servers
from services.scoring.store.directory_state import DirectoryState
from services.scoring.worker import Projector
from tests.support.deployment import Deployment, deployment

TOGETHER, PARTITIONS = 8, 64


@pytest.fixture
async def workers(servers: Servers, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A database and a log, and no worker yet."""
    async with deployment(servers, tmp_path) as made:
        yield made


async def test_workers_may_start_at_the_same_moment_on_a_new_database(workers: Deployment) -> None:
    """Each finds the journal's partitions made, by itself or by another; with another count none starts any more."""
    pool = await open_pool(workers.around.dsns["scoring"], size=TOGETHER)
    try:
        await pool.execute("DELETE FROM consumer_offset")
        await asyncio.gather(*(Projector(pool, PARTITIONS, DirectoryState()).prepare() for _ in range(TOGETHER)))
        assert await pool.fetchval("SELECT count(*) FROM consumer_offset") == PARTITIONS + 1
        with pytest.raises(UserError, match="folded with 64 partitions"):
            await Projector(pool, PARTITIONS // 8, DirectoryState()).prepare()
    finally:
        await pool.close()


async def test_a_worker_that_can_never_work_says_so_and_ends(workers: Deployment) -> None:
    """A database that is not ours does not leave a process that lives and does nothing."""
    conn = await asyncpg.connect(workers.admin)
    try:
        await conn.execute("DROP TABLE scoring.consumer_offset")
    finally:
        await conn.close()
    worker = await workers.start_worker("w1", ready="")
    assert await asyncio.wait_for(worker.child.wait(), 30) > 0
    assert '"work.ended"' in worker.output
