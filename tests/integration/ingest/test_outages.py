"""While Kafka or PostgreSQL is away: 503 in time, and work as usual afterwards, without a restart."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psutil
import pytest

from services.local.server import OwnServer, Server
from services.local.servers import Servers
from tests.support.ingest import Ingest, Log, Source

ANSWER_WITHIN_S = 5.0
AT_ONCE = 20

pytestmark = pytest.mark.timeout(180)


@asynccontextmanager
async def killed(server: Server) -> AsyncIterator[None]:
    """The server is gone during the block."""
    await server.kill()
    try:
        yield
    finally:
        await server.start()


@asynccontextmanager
async def frozen(server: Server) -> AsyncIterator[None]:
    """The server takes connections during the block, and answers nothing."""
    assert isinstance(server, OwnServer)
    root = psutil.Process(server.pid)
    family = [root.pid, *(child.pid for child in root.children(recursive=True))]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


async def _in_time(ingest: Ingest, event: dict[str, Any]) -> int:
    began = time.monotonic()
    answer = await ingest.post(event)
    assert time.monotonic() - began < ANSWER_WITHIN_S
    if answer.status_code == 503:
        assert int(answer.headers["retry-after"]) >= 1
        assert "again" in answer.json()["detail"]
    return answer.status_code


@pytest.mark.parametrize("outage", [killed, frozen])
@pytest.mark.parametrize("which", ["kafka", "postgres"])
async def test_an_outage_is_answered_in_time_and_leaves_nothing_behind(
    ingest: Ingest, servers: Servers, log: Log, source: Source, outage: Any, which: str
) -> None:
    """Every request gets 503 within 5 s; what is retried afterwards is taken and stands on the log."""
    employee = source.own("E1")
    await ingest.take([source.person(employee), source.punch(f"employee:{employee}")])
    events = [source.punch(f"employee:{employee}") for _ in range(AT_ONCE)]
    async with outage(getattr(servers, which)):
        assert set(await asyncio.gather(*(_in_time(ingest, event) for event in events))) == {503}
        assert await _in_time(ingest, events[0]) == 503
        assert (await ingest.get("/health/ready")).status_code == 503
        assert (await ingest.get("/health/live")).status_code == 200
        parked = await ingest.get("/v1/parked")
        assert parked.status_code == (503 if which == "postgres" else 200)

    statuses = await asyncio.gather(*(ingest.take(event) for event in events))
    assert statuses == [["accepted"]] * AT_ONCE
    await log.until(lambda: len({event["id"] for event in log.of(source)}) == AT_ONCE + 2)

    async def ready() -> bool:
        return (await ingest.get("/health/ready")).status_code == 200

    await ingest.until(ready)
