"""A whole installation under a steady load while a server is away: its client, its readers, its one alert."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiokafka.errors import KafkaError

from schemas.topics import MEASURES
from services.local.servers import Servers
from tests.support.canonical_log import write
from tests.support.deployment import Deployment, deployment, until
from tests.support.event_builders import person
from tests.support.histories import as_sent
from tests.support.mailbox import Mailbox, mailbox
from tests.support.notifications import dropped, head, quiet, unit, working_days
from tests.support.oracle import Event
from tests.support.verdict import check_deployment

ANSWER_WITHIN_S = 6.0
"""The 5 s of the design, and a second for the client on a busy machine."""
BATCH = {"content-type": "application/cloudevents-batch+json"}
DAYS = working_days(65)
AHEAD_US = 3_600_000_000  # above the revisions of scoring, which publishes the same units
_numbers = itertools.count(1)


@dataclass
class Town:
    """All services on real servers, what was sent to them, and what ingest answered: moment, status, seconds."""

    deployment: Deployment
    mail: Mailbox
    sent: list[Event] = field(default_factory=list)
    answers: list[tuple[float, int, float]] = field(default_factory=list)

    async def send(self, events: Sequence[Event]) -> None:
        """Post a batch as a source would, again and again until it is taken."""
        self.sent += events
        body = json.dumps([as_sent(event) for event in events])
        while (answer := await self._post(body)).status_code == 503:
            assert int(answer.headers["retry-after"]) >= 1
            await asyncio.sleep(0.2)
        assert answer.status_code == 202, answer.text
        assert "rejected" not in answer.text, answer.text

    async def _post(self, body: str) -> httpx.Response:
        began = time.monotonic()
        answer = await self._ask("ingest", "POST", "/v1/events", "source", content=body, headers=BATCH)
        now = time.monotonic()
        self.answers.append((now, answer.status_code, now - began))
        return answer

    async def reads(self, path: str) -> int:
        """The status of a read from scoring (of measures) or notifications; a 503 says when to try again."""
        service = "scoring" if "/measures" in path else "notifications"
        began = time.monotonic()
        answer = await self._ask(service, "GET", path, "hr")
        assert time.monotonic() - began < ANSWER_WITHIN_S
        assert answer.status_code != 503 or int(answer.headers["retry-after"]) >= 1
        return answer.status_code

    async def _ask(self, service: str, method: str, path: str, token: str, **more: Any) -> httpx.Response:
        bearer = {"authorization": f"Bearer {self.deployment.around.credentials.tokens[token]}"}
        headers = bearer | more.pop("headers", {})
        return await self.deployment.running[service].http.request(method, path, headers=headers, **more)

    async def found_unit(self) -> "Story":
        """Register a unit with a head, who has an address, and let it have three quiet months."""
        number = next(_numbers)
        story = Story(self, f"X{number}", f"H{number}")
        events = [unit(story.unit), person(story.head), head(story.head, story.unit)]
        await self.send([event | {"source": "story"} for event in events])
        preferences = {"preferences": [{"employee": story.head, "email": story.address}]}
        answer = await self._ask("notifications", "PUT", "/v1/preferences", "hr", json=preferences)
        assert answer.status_code == 200, answer.text
        await story.publish(quiet(story.unit, DAYS[:60]))
        return story

    async def check(self) -> None:
        """Everything sent is folded once, and the figures are the oracle's."""
        await self.deployment.settled()
        await check_deployment(self.deployment, self.sent)


@dataclass
class Story:
    """A unit that will drop, and the head who must hear of it once."""

    town: Town
    unit: str
    head: str

    @property
    def address(self) -> str:
        """Where its head is told."""
        return f"{self.head.lower()}@example.test"

    async def publish(self, messages: Sequence[dict[str, Any]]) -> None:
        """Write unit-days to `kinerja.measures` as scoring does, again until the broker takes them."""
        raw = [
            (
                MEASURES,
                self.unit.encode(),
                json.dumps(message | {"revision": time.time_ns() // 1000 + AHEAD_US}).encode(),
            )
            for message in messages
        ]
        while True:
            try:
                await write(self.town.deployment.around.kafka, raw)
            except (KafkaError, OSError):
                await asyncio.sleep(0.2)
            else:
                return

    async def drop(self) -> None:
        """Let half of its people come late for a week."""
        await self.publish(dropped(self.unit, DAYS[60:]))

    async def told_once(self) -> None:
        """Its head has one mail, about the one alert."""

        async def told() -> bool:
            return self._mails() != []

        await until(told, 60, f"{self.head} is told")
        answer = await self.town._ask("notifications", "GET", f"/v1/alerts?unit={self.unit}", "hr")
        assert len(answer.json()["alerts"]) == 1
        assert len(self._mails()) == 1

    def _mails(self) -> list[Any]:
        return [mail for mail in self.town.mail.mails if mail["To"] == self.address]


@asynccontextmanager
async def town(servers: Servers, folder: Path, *, database: str | None = None) -> AsyncIterator[Town]:
    """Run ingest, scoring with a worker, and notifications with a mail relay."""
    async with AsyncExitStack() as stack:
        box = await stack.enter_async_context(mailbox())
        made = await stack.enter_async_context(deployment(servers, folder, database=database, smtp=box.port))
        knobs = {"session_timeout_ms": "6000"}
        await asyncio.gather(
            made.start("ingest", **knobs),
            made.start("scoring", **knobs),
            made.start_worker("w1", **knobs),
            made.start("notifications", detection_settle_s="0.3", **knobs),
        )
        yield Town(made, box)
