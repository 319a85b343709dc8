"""An upstream system as the contract wants it: what was not answered is sent again, the same, until it is."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.matrix_history import is_answer
from tests.support.histories import as_sent
from tests.support.oracle import Event

BATCH = {"content-type": "application/cloudevents-batch+json"}
Identity = tuple[str, str]


@dataclass
class Upstream:
    """Sends requests, and counts what ingest says of their items."""

    client: httpx.AsyncClient
    accepted: int = 0
    parked: set[Identity] = field(default_factory=set)

    async def send_all(self, requests: Sequence[Sequence[Event]], clients: int) -> None:
        """Send the requests, dealt to so many clients, each of which waits for its answers."""
        async with asyncio.TaskGroup() as tasks:
            for place in range(clients):
                tasks.create_task(self._send_in_turn(requests[place::clients]))

    async def send(self, events: Sequence[Event]) -> None:
        """Send one request until it is answered, and check that nothing was rejected."""
        body = json.dumps([as_sent(made) for made in events])
        answer = await answered(lambda: self.client.post("/v1/events", content=body, headers=BATCH), 202)
        for result in answer["results"]:
            assert result["status"] in ("accepted", "parked"), result
            self.accepted += result["status"] == "accepted"
            if result["status"] == "parked":
                self.parked.add((result["source"], result["id"]))
        self.parked -= {(made["source"], made["id"]) for made in events if is_answer(made)}

    async def _send_in_turn(self, requests: Sequence[Sequence[Event]]) -> None:
        for request in requests:
            await self.send(request)


async def answered(ask: Callable[[], Awaitable[httpx.Response]], status: int) -> dict[str, Any]:
    """Ask again while nobody answers or the answer is 503."""
    async with asyncio.timeout(60):
        while True:
            try:
                answer = await ask()
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code != 503:
                assert answer.status_code == status, answer.text
                content: dict[str, Any] = answer.json()
                return content
            await asyncio.sleep(0.1)
