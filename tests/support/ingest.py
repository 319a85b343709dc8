"""Ingest under test: in this process on real servers, and what its clients send and read."""

import asyncio
import atexit
import base64
import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer
from fastapi import FastAPI

from schemas.topics import DEAD_LETTERS, DIRECTORY, EVENTS, position_key
from services.ingest.main import create_app
from services.ingest.settings import IngestSettings
from services.kit.access_format import Access
from services.kit.kafka_address import client_options

Json = dict[str, Any]
BATCH, STRUCTURED = "application/cloudevents-batch+json", "application/cloudevents+json"
GRANTS: dict[str, Json] = {
    "all": {"write": [{"source": "*", "type": "*"}], "read": ["*"], "act": ["*"]},
    "terminal": {
        "write": [{"source": "terminal-*", "type": kind} for kind in ("attendance.*", "event.voided.v1")],
        "read": [],
    },
    "auditor": {"write": [], "read": ["ingest"]},
}
"""Tokens of the tests: each client's token is its own name."""
PUNCHED = "2026-11-24T07:30:40+07:00"
SENT = "2026-11-24T07:31:00+07:00"


def access_file() -> Json:
    """The access file that goes with `GRANTS`."""
    return {"tokens": [token_entry(name, grant) for name, grant in GRANTS.items()]}


def token_entry(name: str, grant: Json) -> Json:
    """The holder of the token *name*, with what they may do."""
    return {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), **grant}


class Source:
    """Writes events under a source name and about subjects of its own, so that tests do not meet on the shared log."""

    def __init__(self) -> None:
        self.name = f"terminal-{secrets.token_hex(6)}"
        self._sent = 0

    def own(self, code: str) -> str:
        """An id that no other test uses."""
        return f"{code}-{self.name}"

    def event(self, kind: str, subject: str, data: Json, **envelope: str) -> Json:
        """Any event, with an id of its own unless one is given."""
        self._sent += 1
        head = {"specversion": "1.0", "id": f"{self._sent}", "source": self.name, "type": kind, "subject": subject}
        return head | {"time": SENT} | envelope | {"data": data}

    def punch(self, subject: str, **envelope: str) -> Json:
        """A punch of the subject."""
        return self.event("attendance.punched.v1", subject, {"at": PUNCHED, "direction": "in"}, **envelope)

    def person(self, code: str, *badges: str, since: str = "2026-01-01", name: str = "Budi", **envelope: str) -> Json:
        """The registration of an employee."""
        aliases = [{"scheme": "badge", "value": badge} for badge in badges]
        data = {"name": name, "aliases": aliases, "effective_from": since}
        return self.event("employee.registered.v1", f"employee:{code}", data, **envelope)

    def unit(self, code: str) -> Json:
        """The registration of a unit."""
        data = {"name": "Kelurahan", "kind": "kelurahan", "effective_from": "2026-01-01"}
        return self.event("unit.registered.v1", f"unit:{code}", data)


class Log:
    """What has come to the canonical topics and the dead letters since it was opened."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.records: list[Any] = []

    def of(self, source: Source, topic: str | None = None) -> list[Json]:
        """Values of one source's records, of one topic or of the two canonical ones, those of the directory first."""
        topics = (topic,) if topic else (DIRECTORY, EVENTS)
        values = [json.loads(record.value) for name in topics for record in self.records if record.topic == name]
        return [value for value in values if value["source"] == source.name]

    def at(self, position: dict[str, int]) -> list[Json]:
        """Values of the records just before the offsets of *position*."""
        return [
            json.loads(record.value)
            for record in self.records
            if position.get(position_key(record.topic, record.partition)) == record.offset + 1
        ]

    async def until(self, condition: Callable[[], bool], within_s: float = 20) -> None:
        """Read on until *condition* holds."""
        async with asyncio.timeout(within_s):
            while not condition():
                for records in (await self._consumer.getmany(timeout_ms=100)).values():
                    self.records.extend(records)

    async def quiet(self) -> None:
        """Read until nothing has come for half a second."""
        while batches := await self._consumer.getmany(timeout_ms=500):
            for records in batches.values():
                self.records.extend(records)


@asynccontextmanager
async def open_log(kafka: str) -> AsyncIterator[Log]:
    """Read the log from here on."""
    topics = (DIRECTORY, EVENTS, DEAD_LETTERS)
    consumer = AIOKafkaConsumer(*topics, **client_options(kafka), auto_offset_reset="earliest")
    await consumer.start()
    try:
        for partition, end in (await consumer.end_offsets(consumer.assignment())).items():
            consumer.seek(partition, end)
        yield Log(consumer)
    finally:
        await consumer.stop()


class Ingest:
    """A running ingest and its HTTP interface."""

    def __init__(self, http: httpx.AsyncClient, app: FastAPI | None = None) -> None:
        self.http, self.app = http, app

    async def post(self, events: Json | Sequence[Any], token: str = "all", **headers: str) -> httpx.Response:
        """Send one event, or a batch."""
        kind = STRUCTURED if isinstance(events, dict) else BATCH
        return await self.raw(json.dumps(events).encode(), token, **{"content-type": kind, **headers})

    async def raw(self, body: bytes, token: str = "all", path: str = "/v1/events", **headers: str) -> httpx.Response:
        """Send bytes."""
        return await self.http.post(path, content=body, headers=_headers(token, headers))

    async def take(self, events: Json | Sequence[Any]) -> list[str]:
        """Send, again while ingest cannot, and return the status of each item."""
        async with asyncio.timeout(60):
            while True:
                try:
                    answer = await self.post(events)
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)
                    continue
                if answer.status_code != 503:
                    return [result["status"] for result in answer.json()["results"]]
                await asyncio.sleep(0.05)

    async def get(self, path: str, token: str = "all", **params: str) -> httpx.Response:
        """Read."""
        return await self.http.get(path, params=params, headers=_headers(token, {}))

    async def parked(self) -> dict[str, str]:
        """What waits, by event id, for what."""
        answer = (await self.get("/v1/parked", limit="1000")).json()
        return {each["event"]["id"]: each["waits_for"] for each in answer["parked"]}

    async def dead_letters(self, **params: str) -> list[Json]:
        """All dead letters of a page."""
        found: list[Json] = (await self.get("/v1/dead-letters", **params)).json()["dead_letters"]
        return found

    async def until(self, condition: Callable[[], Any], within_s: float = 20) -> None:
        """Wait until an awaitable condition holds."""
        async with asyncio.timeout(within_s):
            while not await condition():
                await asyncio.sleep(0.05)


def _headers(token: str, more: dict[str, str]) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} | more


@cache
def key_file() -> Path:
    """A key of sealed answers, the same for all tests of a run."""
    folder = Path(tempfile.mkdtemp(prefix="kinerja-key-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "sealed.key"
    path.write_text(base64.b64encode(secrets.token_bytes(32)).decode(), encoding="ascii")
    return path


def settings_for(dsn: str, kafka: str, **knobs: Any) -> IngestSettings:
    """Settings with quick polls."""
    return IngestSettings(
        **{
            "kafka": kafka,
            "tokens_file": Path("/nonexistent"),
            "ingest_dsn": dsn,
            "ingest_sealed_key_file": key_file(),
            "ingest_release_poll_s": 0.2,
            "ingest_inbound": False,
            "ingest_directory": False,
            **knobs,
        }
    )


@asynccontextmanager
async def running(settings: IngestSettings, access: Json | None = None) -> AsyncIterator[Ingest]:
    """Run ingest in this process until the end of the block."""
    app = create_app(settings, Access.model_validate(access or access_file()))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://ingest") as http,
    ):
        await app.state.door.log.wait_until_up(10)
        yield Ingest(http, app)
