"""The tools on a running instance: rebuilt from journal, topics and back while sources send and readers ask."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.histories import as_sent, random_arrivals, random_history
from tests.support.instance import Instance, read, running, send

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    """An instance of its own: its history is another one than that of the other tests."""
    async with running(tmp_path) as started:
        yield started


async def _kinerja(instance: Instance, *arguments: str) -> str:
    """Run a tool as the README says; it must end well. Return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", *arguments),
        env=os.environ | {"KINERJA_ENV_FILE": str(instance.data / "tools.env")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def _reading(instance: Instance, unit: str, until: asyncio.Event) -> list[int]:
    """Ask for a unit's figures over and over; return the positions of one partition, as they were answered."""
    positions = []
    while not until.is_set():
        answer = await read(instance, f"/v1/units/{unit}/measures", **{"from": "2026-03-01", "to": "2026-03-20"})
        positions.append(sum(answer["position"].values()))
    return positions


async def test_rebuilding_while_events_come_and_readers_ask_changes_no_figure(instance: Instance) -> None:
    """From the journal, from the topics and back: every checksum is equal, no reader sees a step backwards."""
    history = random_history(21, 900)
    arrivals = [as_sent(event) for event in random_arrivals(21, history, 150)]
    unit = next(str(e["subject"]).partition(":")[2] for e in history if e["type"] == "unit.registered.v1")
    await send(instance, arrivals[:500])
    done = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(_reading(instance, unit, done))
        for number, origin in enumerate(("journal", "topics", "previous", "journal")):
            start = 500 + 60 * number
            tool = tasks.create_task(_kinerja(instance, "rebuild", "--from", origin))
            for event in arrivals[start : start + 60]:
                await send(instance, [event])
            assert "(switched)" in await tool
        done.set()
    positions = asked.result()

    assert len(positions) > 20
    assert positions == sorted(positions)
    assert "nothing differs" in await _kinerja(instance, "verify")
    assert "every figure" in await _kinerja(instance, "verify", "--all")
    assert "0 rekaman kini dihitung" in await _kinerja(instance, "refold")
