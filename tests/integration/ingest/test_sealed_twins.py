"""Two runs whose sealed answers differ and release the same cannot be told apart by anything that ingest says."""

import copy
import json
import re
from collections.abc import Sequence
from random import Random
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from services.ingest.domain.feedback import Group, answer_of, group_content
from services.local.servers import Servers
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.feedback import Office, folded, folding
from tests.support.ingest import Json, Source, open_log

LEVELS = ("below", "meets", "above")
UNSTEADY = re.compile(r"^(#|python_|process_|.*_(seconds|created)|.*_seconds_|kinerja_http_|kinerja_rebalances)")
"""Metrics of time and of the process itself."""


def _same_release(random: Random, ratee: str, office: Office) -> tuple[list[Json], list[Json]]:
    """Two lists of answers about somebody by the same three or four people; they differ, their levels do not."""
    raters = [code for code in office.people if code != ratee][: random.choice((3, 4))]

    def answers() -> list[Json]:
        return [
            office.rating(ratee, rater, result=random.choice(LEVELS), behaviours={"loyal": random.choice(LEVELS)})
            for rater in raters
        ]

    def content(found: Sequence[Json]) -> Any:
        return group_content(Group("peer", [answer_of(each["data"]) for each in found]), 3)

    first = answers()
    while True:
        second = answers()
        said = [[answer_of(each["data"]) for each in found] for found in (first, second)]
        if content(first) == content(second) and said[0] != said[1]:
            return first, second


async def _run(
    servers: Servers, template: str, office: Office, directory: list[Json], sealed: list[Json], read: list[str]
) -> Any:
    """Everything that a run says: answers, lists, log, metrics that count, log lines, and what lies in its tables."""
    kafka = servers.kafka.address
    async with fresh_database(servers.postgres.address, template) as admin, open_log(kafka) as log:
        dsn = role_dsn(admin, "ingest")
        with capture_logs() as lines:
            async with folding(dsn, kafka, office.source.name) as ingest:
                before = _counted((await ingest.get("/metrics")).text)
                told = await ingest.post(directory)
                await folded(ingest, dsn, told.json()["position"])
                for answer in sealed:
                    assert await ingest.take(answer) == ["parked"]
                closing = directory[0] | {"type": "day.closed.v1", "id": "closing", "data": {"date": "2026-11-10"}}
                closed = await ingest.post(closing)
                await folded(ingest, dsn, closed.json()["position"])
                await log.until(lambda: len(office.released(log)) == 1)
                await ingest.until(lambda: _nothing_is_owed(dsn))
                lists = [(await ingest.get(path)).content for path in read]
                await log.quiet()
                after = _counted((await ingest.get("/metrics")).text)
        tables = await _tables(admin)
    records = [(record.topic, record.partition, record.key, record.value) for record in log.records]
    counted = {name: value - before.get(name, 0) for name, value in after.items()}
    answers = [[result["status"] for result in each.json()["results"]] for each in (told, closed)]
    return answers, lists, sorted(records), counted, sorted(map(_steady, lines)), tables


async def _nothing_is_owed(dsn: str) -> bool:
    connection = await asyncpg.connect(dsn)
    try:
        return bool(await connection.fetchval("SELECT count(*) FROM outbox") == 0)
    finally:
        await connection.close()


def _counted(metrics: str) -> dict[str, float]:
    lines = [line.rpartition(" ") for line in metrics.splitlines() if not UNSTEADY.match(line)]
    return {name: float(value) for name, _, value in lines}


def _steady(line: Any) -> str:
    return json.dumps({name: value for name, value in line.items() if name != "timestamp"}, sort_keys=True, default=str)


async def _tables(admin: str) -> dict[str, int]:
    """How much lies in every table of ingest; of daily counts what they sum up to, for each connection has its own."""
    connection = await asyncpg.connect(admin)
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'ingest'")
        counts = {name: await connection.fetchval(f'SELECT count(*) FROM ingest."{name}"') for (name,) in names}
        return counts | {"claimed": await connection.fetchval("SELECT sum(identities)::int FROM ingest.claimed")}
    finally:
        await connection.close()


@pytest.mark.parametrize("seed", range(3))
async def test_runs_that_release_the_same_say_the_same(
    servers: Servers, topics: None, template: str, seed: int
) -> None:
    """In one there are other levels, more answers of groups too small, of strangers, taken back and replaced ones."""
    random, source = Random(seed), Source()
    office = Office(source)
    ratee = office.people[0]
    first, second = _same_release(random, ratee, office)
    other = office.people[1]
    void = office.rating(other, office.people[2])
    more = [
        *office.answers(other, ["below", "above"]),
        office.rating(ratee, "nobody-known", result="below"),
        void,
        office.void(void),
        office.rating(other, f"badge:{source.own('T/9')}"),
        second[0] | {"id": "replaced", "data": second[0]["data"] | {"result": "below"}},
    ]
    directory = office.directory()
    paths = ["/v1/parked", "/v1/dead-letters", "/health/ready"]
    shown = []
    for sealed in (first, [*more, *second]):
        shown.append(await _run(servers, template, office, copy.deepcopy(directory), sealed, paths))
    for one, another in zip(*shown, strict=True):
        assert one == another
