"""
Golden events of a release: every example and a history, with the figures that they gave then and must give for ever.

`python -m tests.support.golden VERSION` works out the figures of a newly released version once; they are then kept.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from schemas.directory import EmployeeKnown
from schemas.event import read_event
from schemas.tools.gate import RELEASED
from services.local.servers import servers
from services.setup.database import prepare_database
from tests.support.databases import fresh_database
from tests.support.folding import DayPairs, Scoring, as_log
from tests.support.histories import VILLAGE, random_history
from tests.support.oracle import Event

HISTORY = (date(2026, 2, 26), date(2026, 3, 20))
EXAMPLES = (date(2026, 11, 1), date(2026, 12, 31))
_EMPLOYEE_OF_EXAMPLES = "employee:E1001"

Figures = dict[str, dict[str, dict[str, list[int]]]]
"""By subject, day and measure `[n, total]`; what is 0/0 is left out."""


def released_history(version: str) -> list[Event]:
    """The history kept with a release, as it stands on the log."""
    events: list[Event] = json.loads((RELEASED / version / "golden" / "history.json").read_text("utf-8"))
    return events


def released_examples(version: str) -> list[Event]:
    """The examples of a release as ingest puts them on the log: aliases resolved, names left out."""
    paths = sorted((RELEASED / version / "examples").glob("*/*.json"))
    return [let_in(json.loads(path.read_text("utf-8"))) for path in paths]


def let_in(raw: Any) -> Event:
    """An example as ingest puts it on the log. Raises InvalidEvent."""
    event = read_event(raw)
    alias = event.subject.startswith(("nip:", "badge:"))
    subject = _EMPLOYEE_OF_EXAMPLES if alias else event.subject
    data = event.data
    if event.type == "employee.registered.v1":
        data = EmployeeKnown(effective_from=data.effective_from)  # type: ignore[attr-defined]
    return event.with_data(data, subject).canonical()


async def figures(scoring: Scoring, events: Sequence[Event], first: date, last: date) -> Figures:
    """Fold events on an empty database and return the figures of every subject."""
    await scoring.clear()
    await scoring.fold(as_log(events, scoring.partitions), (5, 3))
    subjects = sorted({str(event["subject"]) for event in events if event["subject"] != "unit:*"})
    found = {}
    for subject in subjects:
        kind, _, code = subject.partition(":")
        if kind == "unit":
            found[subject] = _plain(await scoring.unit(code, first, last))
        elif kind == "employee":
            found[subject] = _plain(await scoring.employee(code, first, last))
    return found


def _plain(measures: DayPairs) -> dict[str, dict[str, list[int]]]:
    days = {
        day.isoformat(): {name: [n, total] for name, (n, total) in of_day.items() if n or total}
        for day, of_day in measures.items()
    }
    return {day: of_day for day, of_day in days.items() if of_day}


async def _keep(version: str, folder: Path) -> None:
    history = random_history(21, 160, VILLAGE)
    _write(folder / "history.json", history)
    async with servers() as running, fresh_database(running.postgres.address) as admin:
        dsn = admin.replace("postgres:", "scoring:", 1)
        await prepare_database(admin, {"scoring": dsn})
        scoring = await Scoring.open(dsn)
        kept = {
            "history": await figures(scoring, history, *HISTORY),
            "examples": await figures(scoring, released_examples(version), *EXAMPLES),
        }
        await scoring.pool.close()
    _write(folder / "figures.json", kept)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    golden = RELEASED / sys.argv[1] / "golden"
    golden.mkdir()
    asyncio.run(_keep(sys.argv[1], golden))
