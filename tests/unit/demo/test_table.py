"""The closing table and what stands below it."""

import json
import shlex
from datetime import date, datetime
from decimal import Decimal
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from schemas.event import read_event
from services.local.addresses import Addresses
from services.local.demo.table import Row, curl_lines, in_tree_order, newest_subject, show
from services.local.demo.wire import JAKARTA
from services.local.demo.words import decimal, index, long_date, percent

NOW = datetime(2026, 11, 24, 15, 4, 5, 600, tzinfo=JAKARTA)
ALERT = {
    "id": "a1",
    "unit": {"code": "gedawang", "name": "Kelurahan Gedawang"},
    "indicator": "service.timeliness",
    "state": "raised",
    "since": "2026-10-30",
    "value": "0.4783",
    "baseline": "0.9107",
}
NAMES = (
    "attendance.presence",
    "attendance.punctuality",
    "attendance.late_minutes",
    "service.timeliness",
    "service.satisfaction",
    "complaint.timeliness",
)


def _addresses(mail: Path) -> Addresses:
    tokens = {"source": "s-token", "hr": "h-token"}
    return Addresses("http://i:1", "http://s:2", "http://n:3", "k:4", {}, "postgresql://p", str(mail), tokens)


def _row(code: str, name: str, depth: int, **values: str) -> Row:
    measures: dict[str, dict[str, Any]] = {each: {"n": 1, "total": 1, "value": None} for each in NAMES}
    for each, value in values.items():
        measures[each.replace("__", ".")]["value"] = value
    return Row(code, name, depth, measures)


def _shown(mail: Path, *alerts: dict[str, Any]) -> str:
    console = Console(width=120, record=True, file=StringIO())
    rows = [
        _row("banyumanik", "Kecamatan Banyumanik", 0, attendance__presence="0.9876"),
        _row("gedawang", "Kelurahan Gedawang", 1, service__timeliness="0.4783", service__satisfaction="82.45"),
    ]
    show(console, rows, alerts, _addresses(mail), NOW)
    return console.export_text()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (percent("0.9876"), "98,8 %"),
        (percent(None), "–"),
        (index("82.45"), "82,45"),
        (decimal(Decimal("1234567.25"), 1), "1.234.567,3"),
        (long_date(date(2026, 10, 3)), "3 Oktober 2026"),
    ],
)
def test_figures_are_written_the_indonesian_way(written: str, expected: str) -> None:
    """Decimal comma, points between thousands, months in words."""
    assert written == expected


def test_units_stand_below_their_parents() -> None:
    """Roots by name, each followed by its own units by name."""
    units: list[dict[str, Any]] = [
        {"code": "k2", "name": "Kelurahan B", "parent": "kec"},
        {"code": "kec", "name": "Kecamatan", "parent": None},
        {"code": "k1", "name": "Kelurahan A", "parent": "kec"},
        {"code": "din", "name": "Dinas", "parent": None},
    ]
    assert [(unit["code"], depth) for unit, depth in in_tree_order(units)] == [
        ("din", 0),
        ("kec", 0),
        ("k1", 1),
        ("k2", 1),
    ]


def test_the_table_shows_figures_alerts_and_mail(tmp_path: Path) -> None:
    """Units with their values, the open alert in words, the mail folder and the newest subject."""
    for number, subject in ((1, "Lama"), (2, "Penurunan ketepatan layanan – Gedawang")):
        mail = EmailMessage()
        mail["Subject"] = subject
        (tmp_path / f"{number}.eml").write_bytes(mail.as_bytes())
    text = _shown(tmp_path, ALERT)
    assert "98,8 %" in text
    assert "82,45" in text
    assert "Kelurahan Gedawang: Ketepatan waktu layanan 47,8 % sejak 30 Oktober 2026, biasanya 91,1 %" in text
    assert str(tmp_path) in text
    assert "Terbaru: Penurunan ketepatan layanan – Gedawang" in text


def test_ended_alerts_are_not_shown(tmp_path: Path) -> None:
    """A drop that is over is no news."""
    assert "Belum ada peringatan." in _shown(tmp_path, ALERT | {"state": "recovered"})


def test_without_mail_there_is_no_subject(tmp_path: Path) -> None:
    """An empty folder has no newest mail."""
    assert newest_subject(tmp_path) is None


def test_the_curl_lines_are_whole_commands(tmp_path: Path) -> None:
    """Each stands on one line however narrow the console; the first sends a valid event with the source's token."""
    lines = curl_lines(_addresses(tmp_path), NOW)
    printed = _shown(tmp_path).splitlines()
    assert all(line in printed for line in lines)
    words = shlex.split(lines[0])
    event = read_event(json.loads(words[words.index("-d") + 1]))
    assert event.subject == "unit:srondol-wetan"
    assert "Authorization: Bearer s-token" in words
    assert words[-1] == "http://i:1/v1/events"
    assert all("Authorization: Bearer h-token" in shlex.split(line) for line in lines[1:])
