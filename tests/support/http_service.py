"""A small service on the kit's server, in a process of its own, and what can be done to it over raw sockets."""

import asyncio
import contextlib
import os
import re
import resource
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import orjson
import psutil
from fastapi import FastAPI, Request, Response
from sse_starlette import EventSourceResponse

from services.kit.application import application
from services.kit.logs import configure_logs
from services.kit.server import health_routes, serve
from services.kit.settings import ProcessSettings, read_settings
from services.local.ports import free_ports

READY_WITHIN_S = 60
SMALL = ("tests.support.http_service",)


def create_app() -> FastAPI:
    """An application that answers with what it was sent and counts how often."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.served = 0
        yield

    app = application("Small", lifespan)
    app.include_router(health_routes({}))

    @app.post("/echo")
    async def echo(request: Request) -> Response:
        body = await request.body()
        app.state.served += 1
        names = sorted({name for name, _ in request.headers.items()})
        return Response(
            orjson.dumps({"served": app.state.served, "body": body.decode("latin-1"), "headers": names}),
            media_type="application/json",
        )

    @app.post("/deaf")
    async def deaf() -> Response:
        return Response(b"not read", 401)

    @app.put("/echo")
    async def put(request: Request) -> Response:
        return Response(await request.body())

    @app.get("/large")
    async def large(size: int) -> Response:
        return Response(b"x" * size)

    @app.get("/stream")
    async def stream() -> EventSourceResponse:
        async def ticks() -> AsyncIterator[dict[str, str]]:
            while True:
                yield {"data": "tick"}
                await asyncio.sleep(0.1)

        return EventSourceResponse(ticks())

    return app


def main() -> None:
    """Serve it where the environment says."""
    configure_logs("small")
    serve(create_app(), "127.0.0.1", int(os.environ["PORT"]), read_settings(ProcessSettings))


class Answer(NamedTuple):
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes
    version: str = "1.1"

    @property
    def json(self) -> dict[str, object]:
        """The body, a JSON object."""
        decoded: dict[str, object] = orjson.loads(self.body)
        return decoded


class Raw:
    """A connection whose every byte is the test's own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *parts: bytes) -> None:
        """Send bytes; a part after the first goes in a packet of its own."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            if len(parts) > 1:
                await asyncio.sleep(0.005)

    async def answer(self, *, head: bool = False) -> Answer:
        """Read one answer."""
        async with asyncio.timeout(20):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            match = re.fullmatch(r"HTTP/(\d\.\d) (\d{3}) .*", lines[0])
            assert match, lines[0]
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
            length = int(headers.get("content-length", 0))
            body = b"" if head else await self.reader.readexactly(length)
        return Answer(int(match[2]), headers, body, match[1])

    async def closed(self, within_s: float = 20) -> bool:
        """Wait until the other side has closed, and say whether nothing came before."""
        async with asyncio.timeout(within_s):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        """Close this side."""
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


class Service:
    """A process that serves HTTP on a port of loopback."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, output: Path) -> None:
        self.process, self.port, self.output = process, port, output

    @asynccontextmanager
    async def raw(self) -> AsyncIterator[Raw]:
        """A connection of its own."""
        connection = Raw(*await asyncio.open_connection("127.0.0.1", self.port))
        try:
            yield connection
        finally:
            await connection.close()

    async def ask(self, *parts: bytes) -> Answer:
        """Send one request over a new connection and return the answer."""
        async with self.raw() as raw:
            await raw.send(*parts)
            return await raw.answer()

    async def served(self) -> int:
        """How many requests to /echo were executed before this one."""
        served = (await self.ask(request("POST", "/echo"))).json["served"]
        assert isinstance(served, int)
        return served - 1

    @property
    def megabytes(self) -> float:
        """Its memory."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6

    @property
    def sockets(self) -> int:
        """How many connections it holds open."""
        connections = psutil.Process(self.process.pid).net_connections("tcp")
        return sum(connection.status != psutil.CONN_LISTEN for connection in connections)

    async def metric(self, name: str) -> float:
        """The value of a metric, written with its labels; 0 when it was never counted."""
        answer = await self.ask(request("GET", "/metrics"))
        found = re.search(rf"^{re.escape(name)} (\S+)$", answer.body.decode(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def until(self, condition: Callable[[], bool], within_s: float = 20) -> None:
        """Wait until *condition* holds."""
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.02)


def request(method: str, path: str, *headers: str, body: bytes = b"", version: str = "1.1") -> bytes:
    """Write a request; the body's length is told unless there is none."""
    lines = [f"{method} {path} HTTP/{version}", "Host: small", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@asynccontextmanager
async def running(
    folder: Path, knobs: Mapping[str, str], argv: Sequence[str] = SMALL, *, descriptors: int | None = None
) -> AsyncIterator[Service]:
    """Run a process until it is live, its port where a knob says `{port}`; kill it at the end."""
    (port,) = free_ports(1)
    output = folder / f"{port}.log"
    environment = {
        **os.environ,
        "PORT": str(port),
        "KINERJA_KAFKA": "127.0.0.1:1",
        "KINERJA_TOKENS_FILE": str(folder / "tokens.json"),
        **{f"KINERJA_{name.upper()}": value.format(port=port) for name, value in knobs.items()},
    }

    def limit() -> None:
        if descriptors is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(128, descriptors), descriptors))

    with output.open("w") as written:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *argv), env=environment, stdout=written, stderr=written, preexec_fn=limit
        )
    service = Service(process, port, output)
    try:
        await _until_live(service)
        yield service
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _until_live(service: Service) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        while True:
            assert service.process.returncode is None, service.output.read_text()
            try:
                if (await service.ask(request("GET", "/health/live"))).status == 200:
                    return
            except (OSError, EOFError):
                pass
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    main()
