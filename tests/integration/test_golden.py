"""Golden events of every release fold to the figures of that release, and old versions count as the new ones do."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from schemas.tools.gate import RELEASED, versions
from services.local.servers import Servers
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.event_builders import event, unit
from tests.support.folding import Scoring
from tests.support.golden import EXAMPLES, HISTORY, figures, released_examples, released_history
from tests.support.histories import VILLAGE, random_arrivals, random_history
from tests.support.oracle import Event, Oracle


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database that each test clears first."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        yield opened
        await opened.pool.close()


@pytest.mark.parametrize("version", versions())
async def test_what_was_released_still_gives_the_figures_of_then(scoring: Scoring, version: str) -> None:
    """A history with voids, duplicates of registers and all measures, and every example of the release."""
    kept: dict[str, Any] = json.loads((RELEASED / version / "golden" / "figures.json").read_text("utf-8"))

    assert kept["history"] == await figures(scoring, released_history(version), *HISTORY)
    assert kept["examples"] == await figures(scoring, released_examples(version), *EXAMPLES)


def _as_drafted(sent: Event) -> Event:
    """The same event as the draft of punches had it, voids of punches included."""
    punch, draft = "attendance.punched.v1", "attendance.punched.v0"
    data = dict(sent["data"])
    if sent["type"] == punch and data["direction"] != "unknown":
        kind = {"in": "masuk", "out": "keluar"}[data.pop("direction")]
        return {**sent, "type": draft, "data": {**data, "kind": kind}}
    if data.get("voided", {}).get("type") == punch:
        return {**sent, "data": {**data, "voided": {**data["voided"], "type": draft}}}
    return sent


def _without_unknown(events: list[Event]) -> list[Event]:
    """The draft had no word for a punch of unknown direction, so none can be written in it."""
    return [sent for sent in events if sent["data"].get("direction") != "unknown"]


@pytest.mark.parametrize("seed", [31, 32, 33])
async def test_old_versions_fold_to_the_figures_of_the_new_ones(scoring: Scoring, seed: int) -> None:
    """A history whose punches, and their voids, are of the draft version, in any order, is what the oracle says."""
    events = _without_unknown(random_history(seed, 140, VILLAGE))
    drafted = [_as_drafted(sent) for sent in random_arrivals(seed, events, 15)]
    assert any(sent["type"] == "attendance.punched.v0" for sent in drafted)
    oracle = Oracle(events)

    await figures(scoring, drafted, *HISTORY)

    for code in (str(found["code"]) for found in oracle.units(HISTORY[0])):
        assert oracle.unit_measures(code, *HISTORY) == await scoring.unit(code, *HISTORY)
    for employee in {str(sent["subject"])[9:] for sent in events if str(sent["subject"]).startswith("employee:")}:
        assert oracle.employee_measures(employee, *HISTORY) == await scoring.employee(employee, *HISTORY)


async def test_the_journal_keeps_old_versions_as_they_were_written(scoring: Scoring) -> None:
    """Upcasting happens where an event is read: bytes and type in the journal are those of the log."""
    punch = event("attendance.punched.v0", "employee:E1", {"at": "2026-03-02T07:20:00+07:00", "kind": "masuk"})
    await figures(scoring, [unit("A"), punch], date(2026, 3, 2), date(2026, 3, 2))

    (row,) = await scoring.pool.fetch("SELECT type, fault, payload FROM journal WHERE partition >= 0")
    assert (row["type"], row["fault"], json.loads(row["payload"])) == ("attendance.punched.v0", None, punch)


async def test_old_data_that_does_not_keep_to_its_version_is_set_aside(scoring: Scoring) -> None:
    """It is journaled with a fault that names the version, and the rest counts."""
    punch = event("attendance.punched.v0", "employee:E1", {"at": "2026-03-02T07:20:00+07:00", "kind": "mungkin"})
    await figures(scoring, [unit("A"), punch], date(2026, 3, 2), date(2026, 3, 2))

    fault = await scoring.pool.fetchval("SELECT fault FROM journal WHERE partition >= 0")
    assert "attendance.punched.v0" in fault
