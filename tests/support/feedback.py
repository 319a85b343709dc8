"""An office whose people answer about each other under seal: what its sources send, and what its answers come to."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import DIRECTORY
from services.kit.kafka_address import client_options
from tests.support.ingest import Ingest, Json, Log, Source, running, settings_for

PERIOD, CLOSES = "2026-10", "2026-11-10"
"""By the shipped policy: ten days after the last of October."""
RATING = "rating.given.v1"


class Office:
    """A unit with a head and people under them, all with names of the test's own."""

    def __init__(self, source: Source, people: int = 5) -> None:
        self.source = source
        self.unit, self.head = source.own("U"), source.own("H")
        self.people = [source.own(f"P{number}") for number in range(people)]

    def directory(self) -> list[Json]:
        """Everybody registered, and in the unit since the beginning of the year."""
        source, everybody = self.source, [self.head, *self.people]
        return [
            source.unit(self.unit),
            *(source.person(code) for code in everybody),
            *(self.assignment(code, head=code == self.head) for code in everybody),
        ]

    def assignment(self, employee: str, since: str = "2026-01-01", **more: Any) -> Json:
        """Somebody belongs to the unit."""
        data = {"unit": self.unit, "position": "Staf", "basis": "definitive", "effective_from": since} | more
        return self.source.event("assignment.started.v1", f"employee:{employee}", data)

    def closed(self, day: str = CLOSES) -> Json:
        """A day of the unit is closed."""
        return self.source.event("day.closed.v1", f"unit:{self.unit}", {"date": day})

    def rating(self, ratee: str, rater: str, relation: str = "peer", result: str | None = "meets", **more: Any) -> Json:
        """What somebody says about somebody."""
        envelope = {name: more.pop(name) for name in ("id", "time") if name in more}
        data = {"rater": rater, "relation": relation, "period": PERIOD} | ({"result": result} if result else {}) | more
        return self.source.event(RATING, ratee if ":" in ratee else f"employee:{ratee}", data, **envelope)

    def answers(self, ratee: str, results: Sequence[str], relation: str = "peer") -> list[Json]:
        """Answers about somebody by as many of the others."""
        others = [code for code in self.people if code != ratee]
        return [self.rating(ratee, rater, relation, said) for rater, said in zip(others, results, strict=False)]

    def void(self, target: Json, subject: str | None = None) -> Json:
        """A rating is taken back."""
        named = {name: target[name] for name in ("type", "source", "id")}
        return self.source.event("event.voided.v1", subject or target["subject"], {"voided": named, "reason": "keliru"})

    def released(self, log: Log) -> list[Json]:
        """What has been released about people of this office, each identity once."""
        subjects = {f"employee:{code}" for code in (self.head, *self.people)}
        values = [json.loads(record.value) for record in log.records]
        found = [
            value for value in values if value.get("source") == "kinerja-feedback" and value["subject"] in subjects
        ]
        return list({value["id"]: value for value in found}.values())


async def begin_at_the_end(dsn: str, kafka: str) -> None:
    """Let ingest's fold of the directory begin behind what other tests have written there."""
    consumer = AIOKafkaConsumer(**client_options(kafka))
    await consumer.start()
    try:
        tp = TopicPartition(DIRECTORY, 0)
        end = (await consumer.end_offsets([tp]))[tp]
    finally:
        await consumer.stop()
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE directory_position SET next_offset = $1", end)
    await connection.close()


@asynccontextmanager
async def folding(dsn: str, kafka: str, group: str, **knobs: Any) -> AsyncIterator[Ingest]:
    """Run an ingest that folds the directory from here on."""
    await begin_at_the_end(dsn, kafka)
    settings = settings_for(dsn, kafka, ingest_directory=True, ingest_directory_group=group, **knobs)
    async with running(settings) as ingest:
        yield ingest


async def folded(ingest: Ingest, dsn: str, position: dict[str, int]) -> None:
    """Wait until the directory is folded up to a position."""
    connection = await asyncpg.connect(dsn)

    async def is_there() -> bool:
        found = await connection.fetchval("SELECT next_offset FROM directory_position")
        return bool(found >= position["directory/0"])

    try:
        await ingest.until(is_there)
    finally:
        await connection.close()
