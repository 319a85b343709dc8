"""The process itself: how it starts, how it ends, and what it does with difficult clients."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.local.servers import Servers
from tests.support.ingest import BATCH, STRUCTURED, Ingest, Source, running, settings_for
from tests.support.ingest_process import IngestProcess, client, process

KNOBS = {"ingest_body_timeout_s": "1", "ingest_batch_limit": "3", "ingest_body_limit_bytes": "100000"}


@pytest.fixture
async def started(servers: Servers, topics: None, dsn: str, tmp_path: Path) -> AsyncIterator[IngestProcess]:
    """A process with small limits."""
    async with process(tmp_path, dsn, servers.kafka.address, **KNOBS) as made:
        await made.start()
        yield made


async def _converse(port: int, *parts: bytes) -> bytes:
    """Send parts with pauses between them; return all that is answered until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.1)
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def _head(length: int, *more: str) -> bytes:
    lines = ["POST /v1/events HTTP/1.1", "Host: x", "Authorization: Bearer all", f"Content-Type: {STRUCTURED}"]
    return "\r\n".join([*lines, f"Content-Length: {length}", *more, "", ""]).encode()


async def test_a_body_that_does_not_come_is_given_up(started: IngestProcess) -> None:
    """408, and the connection is closed, whoever dawdles."""
    assert (await _converse(started.port, _head(10), b"{")).startswith(b"HTTP/1.1 408 ")


async def test_limits_are_told(started: IngestProcess, source: Source) -> None:
    """Too long a body, declared or streamed, and too many events: 413 each, and then the next request is served."""

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 10_000

    async with client(started) as ingest:
        assert (await ingest.raw(b" " * 300_000, **{"content-type": STRUCTURED})).status_code == 413
        headers = {"authorization": "Bearer all", "content-type": BATCH}
        assert (await ingest.http.post("/v1/events", content=stream(), headers=headers)).status_code == 413
        assert (await ingest.post([source.punch("employee:E")] * 4)).status_code == 413
        assert (await ingest.post([source.punch("employee:E")] * 3)).status_code == 202


async def test_sigterm_lets_answers_under_way_finish(started: IngestProcess, source: Source) -> None:
    """The request whose body is still coming is answered, then the process ends with 0."""
    body = json.dumps(source.punch("employee:E")).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", started.port)
    writer.write(_head(len(body)) + body[:20])
    await writer.drain()
    await asyncio.sleep(0.2)
    ending = asyncio.create_task(started.end(signal.SIGTERM))
    await asyncio.sleep(0.2)
    writer.write(body[20:])
    assert (await reader.readline()).startswith(b"HTTP/1.1 202 ")
    writer.close()
    assert await ending == 0
    assert "Traceback" not in started.output.read_text()


async def test_it_starts_before_its_servers(servers: Servers, topics: None, dsn: str, tmp_path: Path) -> None:
    """Not ready and 503 while they are away; ready by itself once they are there."""
    await servers.kafka.stop()
    try:
        async with process(tmp_path, dsn, servers.kafka.address) as made, client(made) as ingest:
            await made.start(until="/health/live")
            assert (await ingest.get("/health/ready")).json()["checks"] == {"database": True, "log": False}
            assert (await ingest.post(Source().punch("employee:E"))).status_code == 503
            await servers.kafka.start()

            async def ready() -> bool:
                return (await ingest.get("/health/ready")).status_code == 200

            await ingest.until(ready)
    finally:
        await servers.kafka.start()


async def test_settings_that_are_missing_are_named(dsn: str, tmp_path: Path) -> None:
    """Each variable with its meaning, and no stack trace."""
    made = IngestProcess(tmp_path, dsn, "localhost:1", ingest_port="many")
    made.environment.pop("KINERJA_TOKENS_FILE")
    with pytest.raises(AssertionError):
        await made.start()
    said = made.output.read_text()
    assert "KINERJA_TOKENS_FILE is missing." in said
    assert "KINERJA_INGEST_PORT is not usable" in said
    assert "Traceback" not in said


async def test_bodies_in_flight_are_bounded(servers: Servers, topics: None, dsn: str, source: Source) -> None:
    """Beyond the limit a request is told to come again, while those within it are served."""
    settings = settings_for(dsn, servers.kafka.address, ingest_in_flight_bytes=5_000)
    begun, go_on = asyncio.Event(), asyncio.Event()
    body = json.dumps(source.punch("employee:E")).encode()

    async def slowly() -> AsyncIterator[bytes]:
        yield body + b" " * 4_500
        begun.set()
        await go_on.wait()

    async with running(settings) as ingest:
        headers = {"authorization": "Bearer all", "content-type": STRUCTURED}
        first = asyncio.create_task(ingest.http.post("/v1/events", content=slowly(), headers=headers))
        await begun.wait()
        refused = await ingest.raw(body + b" " * 400, **{"content-type": STRUCTURED})
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        go_on.set()
        assert (await first).status_code == 202
        assert (await ingest.raw(body, **{"content-type": STRUCTURED})).status_code == 202


async def test_metrics_count_what_was_answered(ingest: Ingest, source: Source) -> None:
    """In the text format of Prometheus."""
    before = _count((await ingest.get("/metrics")).text)
    await ingest.post([source.punch("employee:E"), 7])
    assert _count((await ingest.get("/metrics")).text) == before + 1


def _count(text: str) -> float:
    (line,) = [line for line in text.splitlines() if line.startswith('kinerja_ingest_items_total{outcome="parked"}')]
    return float(line.rpartition(" ")[2])


async def test_unknown_paths_and_methods_are_problems(ingest: Ingest) -> None:
    """Also what no route answers is problem+json."""
    answers: list[httpx.Response] = [await ingest.get("/v1/nothing"), await ingest.get("/v1/events")]
    assert [answer.status_code for answer in answers] == [404, 405]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
