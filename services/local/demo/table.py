"""What the demonstration ends by showing: units with their figures, alerts, the newest mail, and what to try."""

import asyncio
import email
import email.policy
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.kit.errors import UserError
from services.local.addresses import Addresses
from services.local.demo.sending import patiently
from services.local.demo.shape import SLOW_COUNTER
from services.local.demo.words import INDICATORS, index, long_date, percent

DAYS = 30
_AT_ONCE = 4
_COLUMNS = (
    ("Kehadiran", "attendance.presence", percent),
    ("Tepat hadir", "attendance.punctuality", percent),
    ("Tepat layanan", "service.timeliness", percent),
    ("IKM", "service.satisfaction", index),
    ("Pengaduan tepat waktu", "complaint.timeliness", percent),
)
_WATCHED_COLUMN = {
    "attendance": "attendance.punctuality",
    "service.timeliness": "service.timeliness",
    "service.satisfaction": "service.satisfaction",
}

_PROXIES = ("http_proxy", "all_proxy", "ALL_PROXY")
"""The variables in which curl would find a proxy for our addresses."""

Alert = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One unit, how deep it stands in the tree, and its measures over the last days."""

    code: str
    name: str
    depth: int
    measures: Mapping[str, Mapping[str, Any]]


async def read_rows(scoring: httpx.AsyncClient, today: date) -> list[Row]:
    """Read all units in the order of their tree, with the measures of the DAYS days up to *today*."""
    units = (await _read(scoring, "/v1/units"))["units"]
    limit = asyncio.Semaphore(_AT_ONCE)

    async def row(unit: Mapping[str, Any], depth: int) -> Row:
        query = httpx.QueryParams({"from": f"{today - timedelta(days=DAYS - 1)}", "to": f"{today}"})
        async with limit:
            answer = await _read(scoring, f"/v1/units/{unit['code']}/measures?{query}")
        return Row(unit["code"], unit["name"], depth, answer["measures"])

    return list(await asyncio.gather(*(row(unit, depth) for unit, depth in in_tree_order(units))))


def in_tree_order(
    units: Sequence[Mapping[str, Any]], parent: str | None = None, depth: int = 0
) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Return the units below *parent*, by name, each followed by its own, with their depth."""
    for unit in sorted(units, key=lambda unit: unit["name"]):
        if unit["parent"] == parent:
            yield unit, depth
            yield from in_tree_order(units, unit["code"], depth + 1)


def unit_table(rows: Sequence[Row], alerts: Sequence[Alert]) -> Table:
    """Lay the figures out; those an open alert speaks of stand out."""
    alarming = {(alert["unit"]["code"], _WATCHED_COLUMN.get(alert["indicator"])) for alert in alerts if is_open(alert)}
    table = Table(title=f"Kinerja {DAYS} hari terakhir", title_justify="left")
    table.add_column("Unit", no_wrap=True)
    for heading, _, _ in _COLUMNS:
        table.add_column(heading, justify="right")
    for row in rows:
        cells = [
            Text(write(row.measures[name]["value"]), style="bold red" if (row.code, name) in alarming else "")
            for _, name, write in _COLUMNS
        ]
        table.add_row("  " * row.depth + row.name, *cells)
    return table


def is_open(alert: Alert) -> bool:
    """Say whether the drop is still there, as far as is known."""
    return alert["state"] not in ("recovered", "withdrawn")


def alert_lines(alerts: Sequence[Alert]) -> list[str]:
    """Say of each open alert which unit, what, since when, and the value against the usual one."""
    return [
        f"{alert['unit']['name']}: {INDICATORS.get(alert['indicator'], alert['indicator'])} "
        f"{percent(alert['value'])} sejak {long_date(date.fromisoformat(alert['since']))}, "
        f"biasanya {percent(alert['baseline'])}"
        for alert in alerts
        if is_open(alert)
    ]


def newest_subject(folder: Path) -> str | None:
    """Return the subject of the newest mail in *folder*, None without any."""
    mails = sorted(folder.glob("*.eml"))
    if not mails:
        return None
    mail = email.message_from_bytes(mails[-1].read_bytes(), policy=email.policy.default)
    return str(mail["Subject"]).strip()


def curl_lines(addresses: Addresses, now: datetime) -> list[str]:
    """Return three commands to paste: send a service, read its unit's figures of today, list the alerts."""
    curl = "curl -sS --noproxy '*'" if any(map(os.environ.get, _PROXIES)) else "curl -sS"
    source, hr = (f"-H 'Authorization: Bearer {addresses.tokens[holder]}'" for holder in ("source", "hr"))
    kind = "-H 'Content-Type: application/cloudevents+json'"
    unit = f"{addresses.scoring}/v1/units/{SLOW_COUNTER}/measures?from={now:%Y-%m-%d}&to={now:%Y-%m-%d}"
    return [
        f"{curl} {source} {kind} -d '{json.dumps(_example(now))}' {addresses.ingest}/v1/events",
        f"{curl} {hr} '{unit}'",
        f"{curl} {hr} {addresses.notifications}/v1/alerts",
    ]


def show(console: Console, rows: Sequence[Row], alerts: Sequence[Alert], addresses: Addresses, now: datetime) -> None:
    """Print everything; the commands on one line each, however narrow the console is."""
    console.print(unit_table(rows, alerts))
    console.print("Peringatan", style="bold")
    for line in alert_lines(alerts) or ["Belum ada peringatan."]:
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    subject = newest_subject(Path(addresses.mail))
    console.print("Surat", style="bold")
    console.print(f"  {addresses.mail}", markup=False, highlight=False, soft_wrap=True)
    console.print(f"  Terbaru: {subject or 'belum ada'}", markup=False, highlight=False, soft_wrap=True)
    console.print("Silakan coba (ganti id untuk layanan berikutnya)", style="bold")
    for line in curl_lines(addresses, now):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _example(now: datetime) -> dict[str, Any]:
    done = now.replace(microsecond=0)
    name = f"coba-{done:%Y%m%d-%H%M%S}"
    return {
        "specversion": "1.0",
        "id": name,
        "source": "loket",
        "type": "service.completed.v1",
        "subject": f"unit:{SLOW_COUNTER}",
        "time": done.isoformat(),
        "data": {
            "case": name,
            "service": "surat-pengantar-ktp",
            "started_at": (done - timedelta(minutes=10)).isoformat(),
            "completed_at": done.isoformat(),
            "sla_minutes": 15,
        },
    }


async def _read(client: httpx.AsyncClient, path: str) -> Any:
    answer = await patiently(client, "GET", path)
    if answer.status_code != httpx.codes.OK:
        raise UserError(f"{client.base_url}{path} answered {answer.status_code}: {answer.text[:300]}")
    return answer.json()
