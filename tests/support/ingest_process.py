"""Ingest as a process of its own, to be killed, stopped and started on the same port."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from services.local.ports import free_ports
from tests.support.ingest import Ingest, access_file, key_file

READY_WITHIN_S = 20


class IngestProcess:
    """`kinerja ingest` with settings of its own; *output* is what it writes."""

    def __init__(self, folder: Path, dsn: str, kafka: str, **knobs: str) -> None:
        self.output = folder / "ingest.log"
        (self.port,) = free_ports(1)
        tokens = folder / "tokens.json"
        tokens.write_text(json.dumps(access_file()), encoding="utf-8")
        self.environment = {
            **os.environ,
            "KINERJA_INGEST_DSN": dsn,
            "KINERJA_INGEST_SEALED_KEY_FILE": str(key_file()),
            "KINERJA_KAFKA": kafka,
            "KINERJA_TOKENS_FILE": str(tokens),
            "KINERJA_INGEST_PORT": str(self.port),
            "KINERJA_INGEST_RELEASE_POLL_S": "0.2",
            "KINERJA_INGEST_INBOUND": "false",
            "KINERJA_INGEST_DIRECTORY": "false",
            **{f"KINERJA_{name.upper()}": value for name, value in knobs.items()},
        }
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *, until: str = "/health/ready") -> None:
        """Start it and wait until it answers 200 under the path *until*."""
        with self.output.open("a") as output:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "services.cli", "ingest"), env=self.environment, stdout=output, stderr=output
            )
        async with asyncio.timeout(READY_WITHIN_S), self.http() as http:
            while not await _answers(http, until):
                assert self.process.returncode is None, self.output.read_text()
                await asyncio.sleep(0.05)

    async def end(self, number: signal.Signals) -> int:
        """Send it a signal and return its exit code."""
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()

    def http(self) -> httpx.AsyncClient:
        """A client of it."""
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=20)


async def _answers(http: httpx.AsyncClient, path: str) -> bool:
    try:
        return (await http.get(path)).status_code == 200
    except httpx.HTTPError:
        return False


@asynccontextmanager
async def process(folder: Path, dsn: str, kafka: str, **knobs: str) -> AsyncIterator[IngestProcess]:
    """Provide a process, not started, and see that none is left."""
    made = IngestProcess(folder, dsn, kafka, **knobs)
    try:
        yield made
    finally:
        if made.process:
            await made.end(signal.SIGKILL)


@asynccontextmanager
async def client(of: IngestProcess) -> AsyncIterator[Ingest]:
    """What its clients do."""
    async with of.http() as http:
        yield Ingest(http)
