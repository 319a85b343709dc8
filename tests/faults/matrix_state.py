"""What an installation says and holds once it has come to rest."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from schemas.topics import ALERTS, DEAD_LETTERS, DIRECTORY, EVENTS, MEASURES
from tests.faults.matrix_bed import Site
from tests.faults.matrix_history import ADDRESSES, FIRST, LAST, LEADERS, is_release
from tests.faults.matrix_upstream import Identity, answered
from tests.support.oracle import Event, Oracle

UnitDay = tuple[str, date]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class State:
    """The end state of one cell; what came with the copied prelude is left out."""

    answers: dict[str, dict[str, Any]]
    """The read API's answers, by subject."""
    journal: Counter[Identity]
    """How many records of the journal count, by identity."""
    gaps: int
    """Records on the log that have no row in the journal."""
    recorded: int
    """Records on both canonical topics."""
    unit_days: dict[UnitDay, dict[str, Any]]
    """Of `kinerja.measures`, the greatest revision of each unit-day."""
    restated: int
    """Messages there that say of a unit-day what the one before said already."""
    dead_letters: int
    alerts: dict[str, Row]
    steps: Counter[Row]
    step_numbers: set[int]
    told: Counter[int]
    """How often each numbered step is on `kinerja.alerts`."""
    deliveries: Counter[Row]
    mails: Counter[str]
    """How often each mail came, by its Message-ID."""
    sums: set[Row]
    """Projections whose kept checksums are not those of their rows."""
    releases: Counter[str] = field(default_factory=Counter)
    """What became of sealed answers, as the journal has it, written the same way each."""
    answers_left: int = 0
    """Sealed answers that should be destroyed."""


async def state_of(site: Site, oracle: Oracle) -> State:
    """Read everything that is compared."""
    ends = await site.log.ends()
    records = await site.log.between(site.starts, ends)
    on = {topic: [json.loads(r.value) for r in records if r.topic == topic] for topic in (MEASURES, ALERTS)}
    canonical = sum(record.topic in (DIRECTORY, EVENTS) for record in records)
    unit_days, restated = _unit_days(on[MEASURES])
    rows = await _journal(site)
    return State(
        answers=await _answers(site, oracle),
        journal=Counter(_identity(row["payload"]) for row in rows if row["payload"] is not None),
        gaps=canonical - len(rows),
        recorded=canonical,
        unit_days=unit_days,
        restated=restated,
        dead_letters=sum(record.topic == DEAD_LETTERS for record in records)
        + await site.conn.fetchval("SELECT count(*) FROM ingest.dead_letter"),
        alerts={row["id"]: _alert(row) for row in await site.conn.fetch("SELECT * FROM notifications.told_alert")},
        steps=Counter(map(tuple, await site.conn.fetch(_STEPS))),
        step_numbers={row[0] for row in await site.conn.fetch("SELECT number FROM notifications.alert_event")},
        told=Counter(message["step"] for message in on[ALERTS]),
        deliveries=Counter(map(tuple, await site.conn.fetch(_DELIVERIES, list(ADDRESSES)))),
        mails=Counter(str(mail["Message-ID"]) for mail in site.mail.mails),
        sums=await _wrong_sums(site),
        releases=Counter(written(json.loads(row["payload"])) for row in rows if _is_release(row["payload"])),
        answers_left=await site.conn.fetchval(_ANSWERS_LEFT, CLOSED_PERIOD_ENDS),
    )


_STEPS = "SELECT alert, step, day, detail FROM notifications.alert_event"
_ANSWERS_LEFT = "SELECT count(*) FROM ingest_sealed.answer WHERE last_day <= $1"
CLOSED_PERIOD_ENDS = date(2026, 2, 28)
_DELIVERIES = """
SELECT alert, message, occasion, recipient, message_id, state FROM notifications.delivery
WHERE recipient = ANY ($1::text[])
"""
_SUMS = """
SELECT p.name, c.partition, c.n, c.total FROM unnest(projections()) AS p (name)
CROSS JOIN LATERAL count_rows(p.name) c
EXCEPT
SELECT projection, partition, n, total FROM checksum
"""
_JOURNAL = """
SELECT CASE WHEN duplicate THEN NULL ELSE payload END AS payload FROM scoring.journal
WHERE partition = $1 AND record_offset >= $2
"""


async def _journal(site: Site) -> list[Any]:
    rows: list[Any] = []
    for tp, start in site.starts.items():
        if tp.topic in (DIRECTORY, EVENTS):
            partition = -1 if tp.topic == DIRECTORY else tp.partition
            rows += await site.conn.fetch(_JOURNAL, partition, start)
    return rows


async def _wrong_sums(site: Site) -> set[Row]:
    async with site.conn.transaction():
        await site.conn.execute("SET LOCAL search_path = scoring")  # names of projections are looked up there
        return {tuple(row) for row in await site.conn.fetch(_SUMS)}


def written(event: Event) -> str:
    """An event in one way of writing."""
    return json.dumps(event, sort_keys=True)


def _is_release(payload: bytes | None) -> bool:
    return payload is not None and is_release(json.loads(payload))


def _identity(payload: bytes) -> Identity:
    event = json.loads(payload)
    return event["source"], event["id"]


def _unit_days(messages: list[dict[str, Any]]) -> tuple[dict[UnitDay, dict[str, Any]], int]:
    """The order of a partition is that of the revisions, unless something went wrong: the greatest stands."""
    last: dict[UnitDay, dict[str, Any]] = {}
    restated = 0
    for message in sorted(messages, key=lambda message: int(message["revision"])):
        key, said = (message["unit"], date.fromisoformat(message["day"])), {**message, "revision": None}
        restated += last.get(key) == said
        last[key] = said
    return last, restated


def _alert(row: Any) -> Row:
    """What is so of an alert; also who was told, where the story says that somebody must have been."""
    names = ["unit", "indicator", "start", "state", "raised_on", "ended_on", "since", "n", "failures", "value"]
    if row["unit"] in LEADERS:
        names += ["told", "recipients"]
    return tuple(row[name] for name in (*names, "baseline", "chance_years"))


async def _answers(site: Site, oracle: Oracle) -> dict[str, dict[str, Any]]:
    subjects = sorted(oracle.ever_registered)
    found = await asyncio.gather(*(_answer(site, subject) for subject in subjects))
    return dict(zip(subjects, found, strict=True))


async def _answer(site: Site, subject: str) -> dict[str, Any]:
    kind, _, code = subject.partition(":")
    span = {"from": FIRST.isoformat(), "to": LAST.isoformat(), "granularity": "day"}
    answer = await answered(lambda: site.reader.get(f"/v1/{kind}s/{code}/measures", params=span), 200)
    coverage = {source: datetime.fromisoformat(found["up_to"]) for source, found in answer["coverage"].items()}
    return {name: value for name, value in answer.items() if name != "position"} | {"coverage": coverage}
