"""The demonstration as whoever types `make demo` sees it: one command, one table, two alerts, a mail for each."""

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.local.demo.shape import LATE_OFFICE, SLOW_COUNTER
from services.local.demo.table import newest_subject

SHOWN_WITHIN_S = 120
LAST_LINE = "watch the figures move"


@asynccontextmanager
async def _demo(folder: Path) -> AsyncIterator[str]:
    """Run `kinerja up --demo` on *folder* and give what it says until the table is there; then stop it."""
    options = ["up", "--demo", "--data", str(folder), "--ready-file", str(folder / "ready.json")]
    running = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("kinerja")),
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "120"},
    )
    try:
        async with asyncio.timeout(SHOWN_WITHIN_S):
            said = await _said(running)
        yield said
    finally:
        if running.returncode is None:
            running.send_signal(signal.SIGINT)
        await running.communicate()


async def _said(running: asyncio.subprocess.Process) -> str:
    assert running.stdout
    said = ""
    while LAST_LINE not in said:
        line = (await running.stdout.readline()).decode()
        said += line
        assert line, said
        assert "the demo stopped" not in line, said
    return said


@pytest.mark.timeout(300)
async def test_the_demo_ends_with_two_alerts_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    """The table names both drops, each leader has a mail, pasted commands work; a second start sends nothing anew."""
    async with _demo(tmp_path) as said:
        assert "Kelurahan Srondol Wetan: Ketepatan waktu layanan" in said
        assert "Seksi Pencegahan dan Pengendalian Penyakit: Ketepatan hadir" in said
        assert (newest_subject(tmp_path / "mail") or "belum ada") in said
        assert {alert["unit"]["code"] for alert in await _alerts(tmp_path)} == {SLOW_COUNTER, LATE_OFFICE}
        await _a_pasted_service_counts(said)
    async with _demo(tmp_path) as said:
        assert "what has come since the last time" in said
        assert "Kelurahan Srondol Wetan: Ketepatan waktu layanan" in said
        assert len(list((tmp_path / "mail").glob("*.eml"))) == 2


async def _alerts(folder: Path) -> list[dict[str, Any]]:
    ready = json.loads((folder / "ready.json").read_text())
    headers = {"Authorization": f"Bearer {ready['tokens']['hr']}"}
    async with httpx.AsyncClient(base_url=ready["notifications"], headers=headers, trust_env=False) as client:
        alerts: list[dict[str, Any]] = (await client.get("/v1/alerts")).json()["alerts"]
        return alerts


async def _a_pasted_service_counts(said: str) -> None:
    """Do what the first two commands do, the second one waiting for the first."""
    send, read, _ = [shlex.split(line) for line in said.splitlines() if line.startswith("curl ")]
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = (await client.post(send[-1], content=send[send.index("-d") + 1], headers=_headers(send))).json()
        assert answer["results"][0]["status"] == "accepted"
        at_least = ",".join(f"{part}:{position}" for part, position in answer["position"].items())
        figures = (await client.get(f"{read[-1]}&at_least={at_least}", headers=_headers(read))).json()
    assert figures["measures"]["service.timeliness"]["n"] > 0


def _headers(words: list[str]) -> dict[str, str]:
    return dict(words[index + 1].split(": ", 1) for index, word in enumerate(words) if word == "-H")
