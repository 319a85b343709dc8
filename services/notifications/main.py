"""The notifications process: settings in, everything wired, served until told to stop."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI
from starlette.datastructures import State

from services.kit.access_file import AccessFile
from services.kit.access_format import InForce
from services.kit.application import application
from services.kit.fenced import FencedConsumer
from services.kit.logs import configure_logs
from services.kit.postgres import open_pool, open_reserve
from services.kit.producing import Producer
from services.kit.quota import Quota
from services.kit.server import health_routes, serve
from services.kit.settings import read_settings
from services.kit.supervision import end_with, keep
from services.kit.working import answers, reads, watch
from services.notifications.acting import send_left_behind
from services.notifications.api import alerts, deliveries
from services.notifications.delivering import Deliverer
from services.notifications.folding import TOPICS, KnowledgeFold, take_in_later
from services.notifications.ingest import Ingest
from services.notifications.mail.channel import MailChannel
from services.notifications.publishing import publish
from services.notifications.settings import NotificationsSettings
from services.notifications.working import detect_when_settled

GROUP = "kinerja-notifications"
WORK_CONNECTIONS = 6
"""Folding and the five kinds of work beside it; whoever looks at alerts has others."""
TAKE_IN_EVERY_S = 10.0
LONGEST_SILENCE_S = 120
"""Of a process that froze within a transaction: its locks would keep out the one started in its place."""


def create_app(settings: NotificationsSettings, access: InForce) -> FastAPI:
    """Return the application; its servers are reached when it starts, and need not be there yet."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _running(settings, app):
            yield

    async def database() -> bool:
        return await answers(app.state.reserve, "alert")

    async def log_read() -> bool:
        return await reads(app.state.consumer)

    app = application("Kinerja notifications", lifespan, access)
    app.include_router(alerts.router)
    app.include_router(deliveries.router)
    app.include_router(health_routes({"database": database, "log": log_read}))
    return app


@asynccontextmanager
async def _running(settings: NotificationsSettings, app: FastAPI) -> AsyncIterator[None]:
    dsn = settings.notifications_dsn.get_secret_value()
    readers = await open_pool(dsn, size=settings.notifications_readers, silence_s=LONGEST_SILENCE_S)
    pool = await open_pool(dsn, size=WORK_CONNECTIONS, silence_s=LONGEST_SILENCE_S)
    reserve = await open_reserve(dsn)
    ingest = Ingest(str(settings.ingest_url), settings.notifications_token.get_secret_value())
    producer = Producer(settings.kafka)
    consumer = FencedConsumer(
        settings.kafka,
        TOPICS,
        GROUP,
        KnowledgeFold(pool, Quota(settings.set_aside_share, settings.set_aside_window)),
        instance=settings.notifications_member,
        session_timeout_ms=settings.session_timeout_ms,
    )
    app.state.pool, app.state.reserve, app.state.ingest, app.state.consumer = readers, reserve, ingest, consumer
    tasks = [asyncio.create_task(work) for work in _works(settings, app.state, pool, producer)]
    for task in tasks:
        end_with(task)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await consumer.stop()
        await producer.stop()
        await ingest.stop()
        for opened in (readers, pool, reserve):
            opened.terminate()


def _works(
    settings: NotificationsSettings, parts: State, pool: asyncpg.Pool, producer: Producer
) -> list[Coroutine[None, None, None]]:
    deliverer = Deliverer(pool, MailChannel(settings), settings.notifications_member, settings.mail_tries)

    async def detecting() -> bool:
        return await detect_when_settled(pool, settings)

    async def publishing() -> bool:
        return await publish(pool, producer) > 0

    async def delivering() -> bool:
        return bool(settings.smtp_host) and await deliverer.deliver_one()

    async def refolding() -> bool:
        return await take_in_later(pool)

    async def acting() -> bool:
        return await send_left_behind(pool, parts.ingest)

    return [
        parts.consumer.start(),
        watch(parts.consumer),
        keep("refolding", refolding, idle_s=TAKE_IN_EVERY_S),
        keep("detection", detecting),
        keep("publishing", publishing),
        keep("delivery", delivering),
        keep("actions", acting),
    ]


def run() -> None:
    """Run the process until SIGTERM. Raises UserError when its settings are not usable."""
    settings = read_settings(NotificationsSettings)
    configure_logs("notifications")
    app = create_app(settings, AccessFile(settings.tokens_file))
    serve(app, settings.notifications_host, settings.notifications_port, settings)


if __name__ == "__main__":
    run()
