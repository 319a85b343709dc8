"""How much of a request, how many connections and how long a wait a service bears, from whoever has no token."""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.http_service import Raw, Service, request, running


async def _pour(raw: Raw, piece: bytes, most: int) -> None:
    """Send *piece* again and again until the other side closes, at most *most* bytes."""
    with contextlib.suppress(ConnectionError):
        for _ in range(most // len(piece)):
            raw.writer.write(piece)
            await raw.writer.drain()


@pytest.mark.parametrize("piece", [b"X-A: b\r\n" * 1_000, b"x" * 65_536], ids=["many", "endless"])
async def test_headers_without_an_end_cost_neither_memory_nor_time(service: Service, piece: bytes) -> None:
    """Two hundred megabytes of them, in lines or in one value: 431, closed, and others are answered meanwhile."""
    before = service.megabytes
    async with service.raw() as raw:
        await raw.send(b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-First: ")
        pouring = asyncio.create_task(_pour(raw, piece, 200_000_000))
        for _ in range(20):
            assert (await service.ask(request("GET", "/health/live"))).status == 200
        await pouring
        assert (await raw.answer()).status == 431
    assert service.megabytes - before < 10


async def test_too_long_and_too_many_headers_are_told(service: Service) -> None:
    """Up to the limit they are served; beyond it the answer says which limit it was."""
    assert (await service.ask(request("GET", "/health/live", "X-A: " + "b" * 60_000))).status == 200
    assert (await service.ask(request("GET", "/health/live", *(f"X-{n}: b" for n in range(90))))).status == 200
    long = await service.ask(request("GET", "/health/live", "X-A: " + "b" * 70_000))
    many = await service.ask(request("GET", "/health/live", *(f"X-{n}: b" for n in range(150))))
    assert (long.status, many.status) == (431, 431)
    assert "65,536 bytes" in str(long.json["detail"])
    assert "more than 100 headers" in str(many.json["detail"])


async def test_whoever_is_slow_or_silent_is_not_waited_for(service: Service) -> None:
    """Headers that do not end get 408, silence and a body that stops end the connection."""
    async with service.raw() as slow, service.raw() as silent, service.raw() as stopped:
        await slow.send(b"GET /health/live HTTP/1.1\r\n")
        await stopped.send(request("POST", "/echo", "Content-Length: 100") + b"x")
        answer = await slow.answer()
        assert (answer.status, answer.headers["content-type"]) == (408, "application/problem+json")
        assert await slow.closed()
        assert await silent.closed()
        assert (await stopped.answer()).status == 408
        assert await stopped.closed()


async def test_silent_connections_lock_nobody_out(tmp_path: Path) -> None:
    """Three hundred of them at 256 descriptors: the one silent longest makes room, which is counted and logged."""
    async with running(tmp_path, descriptors=256) as service, AsyncExitStack() as stack:
        for _ in range(300):
            await stack.enter_async_context(service.raw())
        for _ in range(20):
            assert (await service.ask(request("GET", "/health/live"))).status == 200
        assert service.sockets <= 256 - 96
        assert await service.metric('kinerja_http_connections_ended_total{reason="made_room"}') > 100
        await service.until(lambda: '"event": "http.connections_ended"' in service.output.read_text())


async def test_who_takes_nothing_of_an_answer_is_left(service: Service) -> None:
    """A large answer that nobody reads is not kept for ever."""
    await asyncio.sleep(0)
    async with service.raw() as raw:
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await raw.send(request("GET", "/large?size=50000000"))
        await service.until(lambda: service.sockets >= 1)
        await service.until(lambda: service.sockets == 0)
    assert await service.metric('kinerja_http_connections_ended_total{reason="slow_reader"}') >= 1


async def test_a_stream_goes_on_while_others_come_and_go(service: Service) -> None:
    """Longer than every time limit of a connection that only waits."""
    async with service.raw() as raw:
        await raw.send(request("GET", "/stream"))
        async with asyncio.timeout(20):
            assert (await raw.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            began = asyncio.get_running_loop().time()
            while asyncio.get_running_loop().time() - began < 5:
                assert await raw.reader.readline()
