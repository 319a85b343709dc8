"""A whole instance as its user starts it, `kinerja up`, and what a client does with it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx

BATCH = "application/cloudevents-batch+json"


class Instance:
    """A running `kinerja up`; its ready file is read anew each time, for pids change."""

    def __init__(self, process: asyncio.subprocess.Process, ready_file: Path) -> None:
        self.process = process
        self._ready_file = ready_file

    @property
    def data(self) -> Path:
        """The instance's folder."""
        return self._ready_file.parent

    @property
    def ready(self) -> dict[str, Any]:
        """The content of the ready file."""
        content: dict[str, Any] = json.loads(self._ready_file.read_text())
        return content

    def client(self, service: str, token: str) -> httpx.AsyncClient:
        """A client of one service with one of the two tokens."""
        ready = self.ready
        headers = {"authorization": f"Bearer {ready['tokens'][token]}"}
        return httpx.AsyncClient(base_url=ready[service], headers=headers, timeout=30)

    async def kill(self, name: str) -> int:
        """SIGKILL one process; return the pid it had."""
        pid = int(self.ready["pids"][name])
        os.kill(pid, signal.SIGKILL)
        return pid

    async def replaced(self, name: str, pid: int) -> None:
        """Wait until the process runs again under another pid."""
        async with asyncio.timeout(60):
            while self.ready["pids"].get(name) in (None, pid):
                await asyncio.sleep(0.05)

    async def journal(self) -> list[asyncpg.Record]:
        """Every event in the journal, once, with when it came to the log."""
        try:
            conn = await asyncpg.connect(self.ready["postgres"])
        except (OSError, asyncpg.PostgresError):
            return []
        try:
            return await conn.fetch(
                "SELECT recorded_at, payload FROM scoring.journal WHERE NOT duplicate AND fault IS NULL"
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return []
        finally:
            await conn.close()


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[Instance]:
    """Start an instance in a folder, wait until it is ready, and stop it in the end."""
    ready_file = data / "ready.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "up", "--data", str(data), "--ready-file", str(ready_file)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(90):
            while not ready_file.exists():
                assert process.returncode is None, "kinerja up ended before it was ready"
                await asyncio.sleep(0.1)
        yield Instance(process, ready_file)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def send(instance: Instance, events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Post a batch as a source would: whatever fails for the moment is tried again until it is answered."""
    body, headers = json.dumps(events), {"content-type": BATCH}
    async with instance.client("ingest", "source") as client:
        return await _answered(lambda: client.post("/v1/events", content=body, headers=headers), 202)


async def read(instance: Instance, path: str, **params: str) -> dict[str, Any]:
    """Ask the read API, again while it is not there."""
    async with instance.client("scoring", "hr") as client:
        return await _answered(lambda: client.get(path, params=params), 200)


async def _answered(ask: Callable[[], Awaitable[httpx.Response]], status: int) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            try:
                answer = await ask()
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code != 503:
                assert answer.status_code == status, answer.text
                content: dict[str, Any] = answer.json()
                return content
            await asyncio.sleep(0.2)
