"""The policy lab: another policy tried on a unit's year, and on everybody's month while others ask."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from services.kit.postgres import open_pool
from services.scoring.evaluation.governing import shipped_by_sha256
from tests.bench.evaluated import append, members
from tests.bench.loading import PARTITIONS, load
from tests.bench.options import Options
from tests.bench.population import Population, populate, unit_code
from tests.bench.processes import busy, peak_bytes
from tests.bench.report import Report, Row, quantile
from tests.bench.stage import Database, Installation, Stage

UNIT_PEOPLE, YEAR_S = 120, 2.0
CASES_A_SECOND, LONGEST_WAIT_MS, MEMORY_MB = 2_000, 50, 250
_DAYS, _WEEKS = 5, 4
_SPELLINGS: tuple[dict[str, Any], ...] = ({}, {"people": True}, {"known_at": None}, {"people": False})
_UNITS_AT_ONCE = 50
_LOOK_EVERY_S = 0.01


@dataclass(slots=True)
class Watched:
    """How a job went: its last state, the seconds it took, and what others waited for an answer meanwhile."""

    state: dict[str, Any]
    seconds: float = 0.0
    waits_ms: list[float] = field(default_factory=list)


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Load people with a month of evidence, then try the other shipped policy on some and on all."""
    population = populate(options.simulated)
    async with stage.database() as database:
        report.step(f"loading {options.simulated:,} employees ...")
        sizes = replace(options, employees=options.simulated, attendance_days=_DAYS)
        await load(database, population, [], sizes, report)
        await _evidence(database, population)
        async with stage.running(database, "scoring") as running:
            await _year(running, population, options, report)
            await _everybody(stage, running, options, report)


async def _evidence(database: Database, population: Population) -> None:
    pool = await open_pool(database.dsns["scoring"], size=2, timeout_s=600)
    try:
        async with pool.acquire() as connection:
            closed = [{"date": f"2026-11-{day:02}"} for day in range(1, 31)]
            await append(connection, [_closing(each) for each in closed], PARTITIONS)
            for start in range(0, population.units, _UNITS_AT_ONCE):
                units = range(start, min(start + _UNITS_AT_ONCE, population.units))
                events = (event for unit in units for event in members(population, unit))
                await append(connection, events, PARTITIONS)
        await pool.execute(
            "INSERT INTO attendance_day SELECT (json_populate_record(a, json_build_object('day', a.day + 7 * week))).* "
            "FROM attendance_day a, generate_series(1, $1 - 1) AS week",
            _WEEKS,
        )
        await pool.execute("ANALYZE")
    finally:
        pool.terminate()


def _closing(data: dict[str, str]) -> dict[str, Any]:
    head = {"specversion": "1.0", "id": data["date"], "source": "kinerja-closer", "type": "day.closed.v1"}
    return head | {"subject": "unit:*", "time": "2026-12-01T03:00:00+07:00", "data": data}


def _asked(unit: str, first: str, last: str) -> dict[str, Any]:
    sha256 = next(sha256 for sha256, policy in shipped_by_sha256().items() if policy.policy == "pp-30-2019")
    return {"sha256": sha256, "unit": unit, "from": first, "to": last}


def _client(running: Installation) -> httpx.AsyncClient:
    bearer = {"authorization": f"Bearer {running.tokens['hr']}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port('scoring')}", headers=bearer, timeout=120)


async def _year(running: Installation, population: Population, options: Options, report: Report) -> None:
    """Ask for twelve months of a unit, and wait for the answer."""
    units = population.units_of_about(UNIT_PEOPLE, options.runs)
    seconds, cases = [], 0
    async with _client(running) as http:
        for unit in units:
            began = time.perf_counter()
            answer = await http.post("/v1/policies/simulate", json=_asked(unit_code(unit), "2026-01", "2026-12"))
            seconds.append(time.perf_counter() - began)
            cases = answer.json()["cases"]
    what = f"policy lab, {UNIT_PEOPLE} people x 12 months"
    report.add(Row(what, seconds, "s", YEAR_S, "less", reason=f"{cases:,} cases", tell=True, digits=2))


async def _everybody(stage: Stage, running: Installation, options: Options, report: Report) -> None:
    """Try it on everybody, each time in other words, for equal requests are one."""
    rates, waits, why = [], [], ""
    for number in range(options.runs):
        meter = stage.meter(running)
        watched = await _watched(running, _asked("*", "2026-11", "2026-11") | _SPELLINGS[number % len(_SPELLINGS)])
        if watched.state["state"] != "done":
            raise RuntimeError(f"the simulation ended as {watched.state['state']}")
        rates.append(watched.state["of"] / watched.seconds)
        waits.append(max(watched.waits_ms))
        why = f"{watched.state['of']:,} cases, {busy(meter.cores())}; "
        why += f"others waited p99 {quantile(watched.waits_ms, 0.99):.1f} ms"
    report.add(Row("policy lab, everybody's month", rates, "cases/s", CASES_A_SECOND, reason=why, tell=True))
    report.add(Row("policy lab, longest wait of others", waits, "ms", LONGEST_WAIT_MS, "less", digits=1))
    memory = peak_bytes(running.pids["scoring"]) / 1e6
    report.add(Row("policy lab, memory of the read API", [memory], "MB", MEMORY_MB, "less"))


async def _watched(running: Installation, asked: dict[str, Any]) -> Watched:
    async with _client(running) as http:
        began = time.perf_counter()
        answer = await http.post("/v1/policies/simulate", json=asked)
        place, watched = answer.headers["location"], Watched(answer.json())
        while watched.state["state"] == "running":
            await asyncio.sleep(_LOOK_EVERY_S)
            asked_at = time.perf_counter()
            answer = await http.get(place)
            watched.waits_ms.append((time.perf_counter() - asked_at) * 1000)
            watched.state = answer.json()
        watched.seconds = time.perf_counter() - began
    return watched
