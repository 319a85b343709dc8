"""Notifications as it runs, on real Kafka, PostgreSQL and mail, with the real ingest beside it."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI
from pydantic import SecretStr

from schemas.topics import ALERTS, EVENTS, MEASURES
from services.ingest.main import create_app as create_ingest
from services.ingest.settings import IngestSettings
from services.kit.access_file import AccessFile
from services.kit.kafka_address import client_options
from services.notifications.main import create_app
from services.notifications.settings import NotificationsSettings
from tests.support.ingest import key_file
from tests.support.mailbox import Mailbox, mailbox
from tests.support.serving import served

HR, READER, SOURCE, OWN, STRANGER = "hr-token", "reader-token", "source-token", "own-token", "stranger-token"
CAMAT = "camat-token"
"""Who sees, and may acknowledge, alerts of some units only."""


def access_file(path: Path) -> Path:
    """Tokens of HR, of readers of all and of some, of a source of anything, of notifications, of one without rights."""
    grants: dict[str, dict[str, Any]] = {
        HR: {"name": "hr", "read": ["*"], "act": ["alerts:acknowledge", "alerts:act", "preferences:set"]},
        READER: {"name": "reader", "read": ["*"]},
        CAMAT: {
            "name": "camat",
            "read": [{"service": "notifications", "subject": each} for each in ("unit:camat-*", "employee:staf-*")],
            "act": [
                {"right": "alerts:acknowledge", "subject": "unit:camat-1"},
                {"right": "preferences:set", "subject": "employee:staf-*"},
            ],
        },
        SOURCE: {"name": "source", "write": [{"source": "*", "type": "*"}]},
        OWN: {"name": "notifications", "write": [{"source": "kinerja-notifications", "type": "action.recorded.v1"}]},
        STRANGER: {"name": "stranger"},
    }
    tokens = [{**grant, "sha256": hashlib.sha256(token.encode()).hexdigest()} for token, grant in grants.items()]
    path.write_text(json.dumps({"tokens": tokens}))
    path.chmod(0o600)
    return path


@dataclass
class Service:
    """A running notifications with its surroundings."""

    kafka: str
    mail: Mailbox
    hr: httpx.AsyncClient
    ingest: httpx.AsyncClient
    app: FastAPI

    async def register(self, *events: dict[str, Any]) -> None:
        """Send directory events through ingest."""
        headers = {"content-type": "application/cloudevents-batch+json"}
        answer = await self.ingest.post("/v1/events", content=json.dumps(events), headers=headers)
        assert {result["status"] for result in answer.json()["results"]} == {"accepted"}, answer.text

    async def publish(self, messages: list[dict[str, Any]]) -> None:
        """Write changed unit-days to `kinerja.measures`, as scoring does."""
        async with AIOKafkaProducer(**client_options(self.kafka), acks="all") as producer:
            for message in messages:
                await producer.send(MEASURES, json.dumps(message).encode(), key=message["unit"].encode())
            await producer.flush()

    async def alert_of(self, unit: str) -> dict[str, Any]:
        """The alert of a unit, once there is one and its head is known."""
        async with asyncio.timeout(30):
            while True:
                alerts = (await self.hr.get("/v1/alerts", params={"unit": unit})).json()["alerts"]
                if alerts and alerts[0]["leader"]:
                    found: dict[str, Any] = alerts[0]
                    return found
                await asyncio.sleep(0.1)

    async def mails_to(self, address: str, count: int) -> list[Any]:
        """The mails to an address, once there are so many."""
        async with asyncio.timeout(30):
            while len(found := [mail for mail in self.mail.mails if mail["To"] == address]) < count:
                await asyncio.sleep(0.05)
        return found

    async def steps_on_the_topic(self, alert: str, count: int) -> list[dict[str, Any]]:
        """The steps of an alert on `kinerja.alerts`, once there are so many."""
        return await self._read(ALERTS, alert, lambda message: message.get("alert") == alert, count)

    async def actions_on_the_log(self, alert: str, count: int) -> list[dict[str, Any]]:
        """The actions on an alert that ingest wrote to the log."""
        return await self._read(EVENTS, alert, lambda message: message["data"].get("alert") == alert, count)

    async def _read(self, topic: str, mentioned: str, wanted: Any, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        options = client_options(self.kafka) | {"auto_offset_reset": "earliest"}
        async with asyncio.timeout(20), AIOKafkaConsumer(topic, **options) as consumer:
            while len(found) < count:
                value = (await consumer.getone()).value or b""
                if mentioned.encode() in value and wanted(
                    message := json.loads(value)
                ):  # other tests write no JSON too
                    found.append(message)
        return found


@asynccontextmanager
async def notifications_service(kafka: str, dsns: dict[str, str], folder: Path) -> AsyncIterator[Service]:
    """Run ingest, a mail relay and notifications on the servers given."""
    tokens = access_file(folder / "access.json")
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(mailbox())
        ingest = create_ingest(
            IngestSettings(
                kafka=kafka,
                tokens_file=tokens,
                ingest_dsn=SecretStr(dsns["ingest"]),
                ingest_sealed_key_file=key_file(),
                ingest_inbound=False,
                ingest_directory=False,
            ),
            AccessFile(tokens),
        )
        ingest_url = await stack.enter_async_context(served(ingest))
        settings = NotificationsSettings(
            kafka=kafka,
            tokens_file=tokens,
            notifications_dsn=SecretStr(dsns["notifications"]),
            notifications_token=SecretStr(OWN),
            ingest_url=ingest_url,
            session_timeout_ms=6_000,
            detection_settle_s=0.3,
            smtp_host="127.0.0.1",
            smtp_port=box.port,
        )
        app = create_app(settings, AccessFile(tokens))
        await stack.enter_async_context(app.router.lifespan_context(app))
        hr = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notifications", headers=bearer(HR))
        )
        source = await stack.enter_async_context(httpx.AsyncClient(base_url=ingest_url, headers=bearer(SOURCE)))
        yield Service(kafka, box, hr, source, app)


def bearer(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"authorization": f"Bearer {token}"}
