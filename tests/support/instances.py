"""Starting `tests.support.small_instance` as a process of its own, and looking at what it starts."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

READY_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Instance:
    """A started instance: its process, what it printed so far, and its ready file."""

    process: Process
    output: Path
    ready_file: Path

    @property
    def ready(self) -> dict[str, Any]:
        """Content of the ready file now."""
        content: dict[str, Any] = json.loads(self.ready_file.read_text())
        return content

    def descendants(self) -> list[psutil.Process]:
        """All processes below the instance now; they stay recognisable after it has gone."""
        return psutil.Process(self.process.pid).children(recursive=True)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds; fail with the instance's output when it ends before or takes too long."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not condition():
                    assert self.process.returncode is None, self.output.read_text()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(self.output.read_text()) from None


@asynccontextmanager
async def launched(folder: Path, *arguments: str, **environment: str) -> AsyncIterator[Instance]:
    """Launch an instance whose data is in *folder*/data, without waiting for it; end it afterwards if it still runs."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    output, ready_file = folder / "output.txt", folder / "ready.json"
    options = ("--data", str(folder / "data"), "--ready-file", str(ready_file), *arguments)
    with output.open("a") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.small_instance", *options),
            stdout=file,
            stderr=file,
            env=os.environ | environment,
        )
    try:
        yield Instance(process, output, ready_file)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def running(folder: Path, *arguments: str, **environment: str) -> AsyncIterator[Instance]:
    """Launch an instance and wait until it is ready."""
    async with launched(folder, *arguments, **environment) as instance:
        await instance.until(instance.ready_file.exists)
        yield instance


async def all_gone(processes: list[psutil.Process], within_s: float) -> list[psutil.Process]:
    """Wait until none of the processes is left; return those that are after *within_s*."""
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, within_s)
    return alive
