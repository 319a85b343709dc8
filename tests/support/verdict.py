"""Whether the projections are what the oracle says, and row for row what one undisturbed worker leaves."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.support.deployment import Deployment
from tests.support.folding import Scoring, as_log
from tests.support.oracle import Event, Oracle

FIRST, LAST = date(2026, 2, 26), date(2026, 3, 20)


async def check_measures(scoring: Scoring, events: Sequence[Event]) -> None:
    """Every measure of every unit and person on every day, and the coverage, are the oracle's."""
    oracle = Oracle(events)
    for unit in oracle.units(FIRST):
        code = str(unit["code"])
        assert oracle.unit_measures(code, FIRST, LAST) == await scoring.unit(code, FIRST, LAST), code
    for employee in sorted({str(e["subject"])[9:] for e in events if str(e["subject"]).startswith("employee:")}):
        assert oracle.employee_measures(employee, FIRST, LAST) == await scoring.employee(employee, FIRST, LAST)
    assert oracle.coverage() == await scoring.coverage()


def _on_the_log(events: Sequence[Event]) -> set[tuple[str, str]]:
    """What of these reaches the log: all but voids of ratings that never came, which wait in the seal."""
    sent = {(str(event["source"]), str(event["id"])) for event in events}
    waiting = {
        (str(event["source"]), str(event["id"]))
        for event in events
        if (target := event["data"].get("voided", {})).get("type") == "rating.given.v1"
        and (target["source"], target["id"]) not in sent
    }
    return sent - waiting


async def check_deployment(deployment: Deployment, events: Sequence[Event]) -> dict[str, list[tuple[Any, ...]]]:
    """Each event is in the journal once, and the measures are the oracle's; return the projections."""
    scoring = await Scoring.open(deployment.around.dsns["scoring"])
    try:
        rows = await scoring.pool.fetch("SELECT payload FROM journal WHERE NOT duplicate AND fault IS NULL")
        kept = sorted((event["source"], event["id"]) for event in (json.loads(row["payload"]) for row in rows))
        assert kept == sorted(_on_the_log(events))
        await check_measures(scoring, events)
        return await scoring.projections()
    finally:
        await scoring.pool.close()


async def check_rows(deployment: Deployment, events: Sequence[Event]) -> None:
    """As `check_deployment`, and row for row what one undisturbed worker leaves; the workers must have ended."""
    disturbed = await check_deployment(deployment, events)
    scoring = await Scoring.open(deployment.around.dsns["scoring"])
    scoring.partitions = 8
    try:
        await scoring.clear()
        await scoring.fold(as_log(events, scoring.partitions), (100, 30))
        assert disturbed == await scoring.projections()
    finally:
        await scoring.pool.close()
