"""Doors that hold: what clients send, keep open or never read costs little, and others are served meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.http_service import Service, request, running

MEGABYTE = 1_000_000
ENDED = "kinerja_http_connections_ended_total"


async def _pour(service: Service, start: bytes, piece: bytes, megabytes: int) -> bytes:
    """Send *start* and then *piece* over and over, as far as it is taken; return what was answered."""
    async with service.raw() as raw:
        await raw.send(start)
        try:
            for _ in range(megabytes * MEGABYTE // len(piece)):
                await raw.send(piece)
        except ConnectionError:
            pass
        try:
            return await asyncio.wait_for(raw.reader.read(65_536), 10)
        except ConnectionError:
            return b""


ENDLESS = {
    "headers": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-Many: 0123456789\r\n" * 5_000),
    "value": (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: ", b"x" * 100_000),
    "target": (b"GET /", b"x" * 100_000),
    "trailers": (
        request("POST", "/echo", "Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\n",
        b"X-Many: 0123456789\r\n" * 5_000,
    ),
    "trailer": (request("POST", "/echo", "Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\nX: ", b"x" * 100_000),
    "extension": (request("POST", "/echo", "Transfer-Encoding: chunked") + b"1;", b"x" * 100_000),
}


@pytest.mark.parametrize("kind", ENDLESS)
async def test_headers_without_end_cost_no_memory_and_hold_up_nobody(service: Service, kind: str) -> None:
    """They are refused after 64 KiB, and others are answered while they come."""
    before = service.megabytes
    pouring = asyncio.create_task(_pour(service, *ENDLESS[kind], megabytes=100))
    for _ in range(20):
        async with asyncio.timeout(2):
            assert (await service.ask(request("GET", "/health/live"))).status == 200
    answered = await pouring

    assert answered.startswith(b"HTTP/1.1 431 ") or not answered, answered[:200]
    assert service.megabytes < before + 20


async def test_a_head_that_is_too_long_is_told_so(service: Service) -> None:
    """The answer arrives, whichever of the limits it broke."""
    long = await service.ask(request("GET", "/health/live", "X-Long: " + "x" * 65_536))
    many = await service.ask(request("GET", "/health/live", *(f"X-{number}: y" for number in range(100))))
    fine = await service.ask(request("GET", "/health/live", "X-Long: " + "x" * 65_000))

    assert (long.status, many.status, fine.status) == (431, 431, 200)
    assert "65,536 bytes" in str(long.json["detail"])
    assert "100 headers" in str(many.json["detail"])


async def test_a_head_that_trickles_is_given_up(service: Service) -> None:
    """The time counts from the first byte, however many follow; empty lines are none."""
    async with service.raw() as raw:
        trickling = asyncio.create_task(raw.send(*[b"G"] * 2_000))
        assert (await raw.answer()).status == 408
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_silent_connections_are_closed(service: Service, sent: bytes) -> None:
    """Whoever connects and says nothing is let go without a word."""
    async with service.raw() as raw:
        await raw.send(sent)
        assert await raw.closed(within_s=8)


async def test_a_body_that_stops_coming_is_given_up(service: Service) -> None:
    """The application hears of it, and so does the client."""
    async with service.raw() as raw:
        await raw.send(request("POST", "/echo", "Content-Length: 10") + b"12345")
        assert (await raw.answer()).status == 408
        assert await raw.closed()


async def test_a_body_that_is_too_long_is_refused(service: Service) -> None:
    """By its Content-Length before it comes, in chunks as soon as it is too long."""
    answer = await service.ask(request("POST", "/echo", "Content-Length: 9999999"))
    assert answer.status == 413
    before = service.megabytes
    start = request("POST", "/echo", "Transfer-Encoding: chunked")
    answered = await _pour(service, start, b"186a0\r\n" + b"x" * 100_000 + b"\r\n", 100)
    assert answered.startswith(b"HTTP/1.1 413 ") or not answered
    assert service.megabytes < before + 20


async def test_a_body_that_nobody_reads_does_not_come_for_ever(service: Service) -> None:
    """An answer was given without it; the rest is thrown away for some seconds, and then the connection ends."""
    async with service.raw() as raw:
        await raw.send(request("POST", "/deaf", "Content-Length: 1000000") + b"x")
        assert (await raw.answer()).status == 401
        assert await raw.closed(within_s=12)


@pytest.mark.parametrize("size", [40_000, 4_000_000])
async def test_answers_that_nobody_takes_are_thrown_away(service: Service, size: int) -> None:
    """Fifty large ones, asked for again and again, are not kept for longer than a stalled connection may stall."""
    before = service.megabytes
    async with AsyncExitStack() as stack:
        for _ in range(50):
            raw = await stack.enter_async_context(service.raw())
            raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await raw.send(request("GET", f"/large?size={size}") * (1 if size > MEGABYTE else 200))
        await service.until(lambda: service.sockets == 0)
    assert await service.metric(f'{ENDED}{{reason="slow_reader"}}') >= 50
    assert service.megabytes < before + 60


async def test_a_stream_goes_on_as_long_as_it_is_read(service: Service) -> None:
    """None of the limits is one on the length of an answer."""
    async with service.raw() as raw:
        await raw.send(request("GET", "/stream"))
        async with asyncio.timeout(30):
            await raw.reader.readuntil(b"\r\n\r\n")
            for _ in range(60):  # six seconds, three times what a stalled connection may stall
                await raw.reader.readuntil(b"tick")


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[Service]:
    """A service that may open 256 files and would wait long for silent clients."""
    knobs = {"http_silent_s": "600", "http_idle_s": "600", "http_head_timeout_s": "600"}
    async with running(tmp_path, knobs, descriptors=256) as started:
        yield started


@pytest.mark.parametrize("sent", [b"", b"GET /", request("GET", "/health/live")], ids=["silent", "begun", "idle"])
async def test_those_who_say_nothing_lock_nobody_out(narrow: Service, sent: bytes) -> None:
    """Beyond the number that the machine allows, the connection that was idle longest makes room; it is told."""
    async with AsyncExitStack() as stack:
        async with narrow.raw() as used:
            for _ in range(300):
                raw = await stack.enter_async_context(narrow.raw())
                await raw.send(sent)
                await used.send(request("GET", "/health/live"))
                assert (await used.answer()).status == 200
            assert (await narrow.ask(request("GET", "/health/live"))).status == 200
        assert narrow.sockets <= 160
        assert await narrow.metric(f'{ENDED}{{reason="made_room"}}') > 100
    await narrow.until(lambda: "http.connections_ended" in narrow.output.read_text())
    assert narrow.output.read_text().count("http.connections_ended") == 1


async def test_when_every_connection_works_another_is_told_to_come_again(tmp_path: Path) -> None:
    """Nobody who is being answered is cut off."""
    async with running(tmp_path, {"http_connections": "3"}) as service, AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(service.raw()) for _ in range(3)]
        for raw in streams:
            await raw.send(request("GET", "/stream"))
            await raw.reader.readuntil(b"tick")
        answer = await service.ask(request("GET", "/health/live"))
        for raw in streams:
            await raw.reader.readuntil(b"tick")

    assert (answer.status, answer.headers["retry-after"]) == (503, "2")
