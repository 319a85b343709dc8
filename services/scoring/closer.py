"""
The day closer: tells ingest, once per date, that the day is over for everyone.

Identity and time of a closing follow from its date, so that telling twice changes nothing. No date before the
installation's first start is ever closed; after downtime it catches up.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import structlog
from fastapi import FastAPI

from services.kit.application import application
from services.kit.errors import Unavailable
from services.kit.logs import configure_logs
from services.kit.postgres import open_pool
from services.kit.server import health_routes, serve
from services.kit.settings import read_settings
from services.kit.supervision import end_with, keep
from services.kit.working import answers
from services.scoring.domain.figures import days_between
from services.scoring.settings import ScoringSettings
from services.scoring.store import queries

log = structlog.get_logger()

JAKARTA = ZoneInfo("Asia/Jakarta")
SOURCE = "kinerja-closer"
LOOK_EVERY_S = 20.0


def last_ended(now: datetime, close_at: time) -> date:
    """
    Return the last date whose closing is due.

    Example: at 02:59 in Jakarta on the 24th, with close_at 03:00, the 22nd; at 03:00 the 23rd.
    """
    local = now.astimezone(JAKARTA)
    days = 1 if local.time() >= close_at else 2
    return local.date() - timedelta(days=days)


def closing(day: date, close_at: time) -> dict[str, Any]:
    """Return the event that closes a day for everyone; always the same for one day."""
    due = datetime.combine(day + timedelta(days=1), close_at, JAKARTA)
    return {
        "specversion": "1.0",
        "id": f"day-closed-{day.isoformat()}",
        "source": SOURCE,
        "type": "day.closed.v1",
        "subject": "unit:*",
        "time": due.isoformat(),
        "data": {"date": day.isoformat()},
    }


@dataclass
class Closer:
    """Closes what is due; *closed_up_to* is what this process knows to be closed."""

    pool: asyncpg.Pool
    client: httpx.AsyncClient
    close_at: time
    closed_up_to: date | None = field(default=None)

    async def close_due(self) -> bool:
        """Close every due day that this process has not closed yet; say whether there was one. Raises Unavailable."""
        now = datetime.now(JAKARTA)
        async with self.pool.acquire() as conn:
            row = await queries.first_started(conn, today=now.date())
        start = row["first_started"]
        if self.closed_up_to is not None:
            start = self.closed_up_to + timedelta(days=1)
        due = list(days_between(start, last_ended(now, self.close_at)))
        if due:
            await self._send([closing(day, self.close_at) for day in due])
            self.closed_up_to = due[-1]
            log.info("days.closed", first=due[0].isoformat(), last=due[-1].isoformat())
        return False

    async def _send(self, events: list[dict[str, Any]]) -> None:
        headers = {"content-type": "application/cloudevents-batch+json"}
        try:
            answer = await self.client.post("/v1/events", json=events, headers=headers)
        except httpx.HTTPError as exc:
            raise Unavailable(f"Ingest does not answer: {type(exc).__name__}.") from exc
        if answer.status_code != 202:
            raise Unavailable(f"Ingest answered {answer.status_code}.")


def create_app(settings: ScoringSettings) -> FastAPI:
    """Return the closer as an application that serves only its health and metrics."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = await open_pool(settings.scoring_dsn.get_secret_value(), size=2)
        headers = {"authorization": f"Bearer {settings.closer_token.get_secret_value()}"}
        async with httpx.AsyncClient(base_url=settings.ingest_url, headers=headers, timeout=10) as client:
            closer = Closer(app.state.pool, client, settings.close_at)
            task = asyncio.create_task(keep("closing", closer.close_due, idle_s=LOOK_EVERY_S))
            end_with(task)
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                app.state.pool.terminate()

    async def database() -> bool:
        return await answers(app.state.pool, "installation")

    app = application("Kinerja day closer", lifespan)
    app.include_router(health_routes({"database": database}))
    return app


def run() -> None:
    """Run until SIGTERM. Raises UserError when its settings are not usable."""
    settings = read_settings(ScoringSettings)
    configure_logs("closer")
    serve(create_app(settings), settings.closer_host, settings.closer_port, settings)
