"""PostgreSQL's disk is full under load: 503 while it is, and all goes on by itself once there is room again."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.local.server import OwnServer
from services.local.servers import Servers
from tests.support.deployment import until
from tests.support.histories import VILLAGE, as_let_in, random_arrivals, random_history
from tests.support.measured import note
from tests.support.outage import ANSWER_WITHIN_S, Town, town
from tests.support.small_disk import Neighbour, NoNamespaces, postgres_with_small_disk

FULL_S = [pytest.param(2.0, id="2s"), pytest.param(60.0, id="60s", marks=pytest.mark.slow)]
SIZE_MIB = 96

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[OwnServer]:
    """A PostgreSQL with a small disk. Where no namespace is to be had, that is said, and expected to fail."""
    folder = tmp_path / "small"
    folder.mkdir()
    try:
        async with postgres_with_small_disk(folder, SIZE_MIB) as server:
            yield server
    except NoNamespaces as exc:
        unproven = f"DISK FULL IS NOT PROVEN HERE: this machine lets nobody mount a tmpfs of their own ({exc})"
        note(unproven)
        pytest.xfail(unproven)


async def _load(running: Town, seed: int, over: asyncio.Event) -> None:
    """Send until the outage is over."""
    events = as_let_in(random_arrivals(seed, random_history(seed, 1_500, VILLAGE), 100))
    for start in range(0, len(events), 20):
        if over.is_set():
            return
        await running.send(events[start : start + 20])


async def _answered(running: Town, status: int, since: float) -> bool:
    return any(code == status and when > since for when, code, _ in running.answers)


@pytest.mark.parametrize("full_s", FULL_S)
async def test_a_full_disk_is_waited_for(servers: Servers, small: OwnServer, tmp_path: Path, full_s: float) -> None:
    """A neighbour fills the disk and leaves: writes get 503 in time, reads go on, nothing is lost, nothing doubled."""
    neighbour, over = Neighbour(small.address), asyncio.Event()
    async with town(Servers(servers.kafka, small), tmp_path, database=small.address) as running:
        story = await running.found_unit()
        async with asyncio.TaskGroup() as load:
            load.create_task(_load(running, 21, over))
            await until(lambda: _answered(running, 202, 0), 20, "the load flows")
            await neighbour.fill()
            filled = time.monotonic()
            load.create_task(story.drop())
            await until(lambda: _answered(running, 503, filled), 30, "a write is refused")
            worker = running.deployment.running["w1"]
            await until(lambda: _says(worker.child.command.log, '"DiskFullError"'), 30, "the worker waits for room")
            while time.monotonic() < filled + full_s:
                assert await running.reads(f"/v1/units/{story.unit}/measures?from=2026-03-01&to=2026-03-02") == 200
                assert await running.reads("/v1/alerts") == 200
                await asyncio.sleep(0.2)
            await neighbour.leave()
            free = time.monotonic()
            await until(lambda: _answered(running, 202, free), 30, "writes are taken again")
            over.set()
        taken = min(when for when, status, _ in running.answers if status == 202 and when > free)
        await running.deployment.settled()
        folded = time.monotonic()
        await story.told_once()
        note(
            f"PostgreSQL's disk full for {free - filled:.0f} s; once there is room: "
            f"an event is taken after {taken - free:.1f} s, all is folded after {folded - free:.1f} s"
        )
        assert max(seconds for _, _, seconds in running.answers) < ANSWER_WITHIN_S
        await running.check()


async def _says(path: Path, words: str) -> bool:
    return words in await asyncio.to_thread(path.read_text)
