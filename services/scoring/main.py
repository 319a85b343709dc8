"""Scoring's two processes: the read API and a worker. Each starts also while its servers are away."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import asyncpg
from aiokafka import TopicPartition
from fastapi import FastAPI

from schemas.topics import DIRECTORY, EVENTS
from services.kit.access_file import AccessFile
from services.kit.access_format import InForce
from services.kit.application import application
from services.kit.errors import Unavailable
from services.kit.failures import DATABASE_AWAY
from services.kit.fenced import FencedConsumer
from services.kit.logs import configure_logs
from services.kit.postgres import Stateless, open_pool, open_reserve
from services.kit.producing import Producer
from services.kit.quota import Quota
from services.kit.server import health_routes, serve
from services.kit.settings import read_settings
from services.kit.supervision import end_with, keep
from services.kit.working import answers, reads, watch
from services.scoring.api import cards, evaluations, exports, policies, routes, simulations, stream
from services.scoring.exports.mapping import read_mapping
from services.scoring.publishing import Publisher
from services.scoring.reading.answers import Answers
from services.scoring.reading.simulations import Simulations
from services.scoring.reading.waiting import Waiters, look
from services.scoring.receipts.keys import read_keys
from services.scoring.settings import ScoringSettings
from services.scoring.store import BY_KEY
from services.scoring.store.directory_state import DirectoryState
from services.scoring.worker import Projector

GROUP = "kinerja-scoring"
API_RESERVE = 3
"""Health, the look for all who wait for a position, and the connection that listens for changes."""
WORKER_CONNECTIONS = 8
CONCURRENCY = 4
"""Fold transactions side by side: with four, one of them nearly always has work for each of two cores."""
PUBLISH_WHEN_BEHIND_S = 5.0
FOLD_TIMEOUT_S = 60
TRY_AGAIN_S = 0.5
TAKE_IN_EVERY_S = 10.0


def create_api(settings: ScoringSettings, access: InForce) -> FastAPI:
    """Return the read API. Raises UserError when a signing key, or the mapping of exports, cannot be read."""
    signing, siasn = read_keys(settings.signing_keys), read_mapping(settings.siasn)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        dsn = settings.scoring_dsn.get_secret_value()
        timeout_s = settings.read_timeout_s
        pool = await open_pool(dsn, size=settings.scoring_readers, timeout_s=timeout_s, connection_class=Stateless)
        reserve = await open_reserve(dsn, size=API_RESERVE)
        app.state.pool, app.state.reserve, app.state.settings = pool, reserve, settings
        app.state.answers, app.state.hub = Answers(pool), stream.Hub(reserve)
        app.state.signing, app.state.siasn = signing, siasn
        app.state.simulations = Simulations(app.state.answers, settings.simulated_at_once)
        app.state.waiters = Waiters(partial(look, reserve), settings.most_waiters)
        listening = asyncio.create_task(app.state.hub.listen())
        end_with(listening)
        try:
            yield
        finally:
            await _cancel([listening])
            await app.state.simulations.close()
            pool.terminate()
            reserve.terminate()

    async def database() -> bool:
        return await answers(app.state.reserve, "unit_day")

    app = application("Kinerja scoring", lifespan, access)
    app.include_router(routes.router)
    app.include_router(cards.router)
    app.include_router(evaluations.router)
    app.include_router(policies.router)
    app.include_router(simulations.router)
    app.include_router(exports.router)
    app.include_router(stream.router)
    app.include_router(health_routes({"database": database}))
    return app


def create_worker(settings: ScoringSettings) -> FastAPI:
    """Return the worker as an application that serves only its health and metrics."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.consumer = None
        dsn = settings.scoring_dsn.get_secret_value()
        pool = await open_pool(
            dsn,
            size=WORKER_CONNECTIONS,
            timeout_s=FOLD_TIMEOUT_S,
            silence_s=settings.worker_silence_s,
            server_settings=BY_KEY | _longest(settings),
        )
        reserve = app.state.reserve = await open_reserve(dsn)
        producer = Producer(settings.kafka)
        working = asyncio.create_task(_work(app, settings, pool, producer))
        end_with(working)
        try:
            yield
        finally:
            if app.state.consumer is not None:
                await app.state.consumer.stop()
            await _cancel([working])
            await producer.stop()
            pool.terminate()
            reserve.terminate()

    async def database() -> bool:
        return await answers(app.state.reserve, "unit_day")

    async def log_read() -> bool:
        return app.state.consumer is not None and await reads(app.state.consumer)

    app = application("Kinerja scoring worker", lifespan)
    app.include_router(health_routes({"database": database, "log": log_read}))
    return app


def _longest(settings: ScoringSettings) -> dict[str, str]:
    """
    Limit the transactions of a worker that froze, or whose machine has gone: its locks would stop every other worker.

    Beside the limit on silence, because a session that froze between preparing and executing a statement counts as
    active, not as idle.
    """
    return {"transaction_timeout": str(round(settings.worker_transaction_s * 1000))}


async def _work(app: FastAPI, settings: ScoringSettings, pool: asyncpg.Pool, producer: Producer) -> None:
    state = DirectoryState()
    projector = await _projector(settings, pool, producer, state)
    consumer = FencedConsumer(
        settings.kafka,
        (DIRECTORY, EVENTS),
        GROUP,
        projector,
        instance=settings.worker_name,
        session_timeout_ms=settings.session_timeout_ms,
        max_records=settings.batch_records,
        concurrency=CONCURRENCY,
    )
    app.state.consumer = consumer
    publisher = Publisher(pool, producer, state)
    published_at = 0.0

    async def publish() -> bool:
        """Let a backlog be folded first: what changes again meanwhile is published once."""
        nonlocal published_at
        if consumer.behind and time.monotonic() - published_at < PUBLISH_WHEN_BEHIND_S:
            return False
        published_at = time.monotonic()
        return await publisher.publish() > 0

    told: tuple[frozenset[TopicPartition], frozenset[TopicPartition]] | None = None

    async def tell() -> bool:
        nonlocal told
        known = consumer.assigned, consumer.truncated
        if known != told:
            await projector.tell_truncated(*known)
            told = known
        return False

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(consumer.start())
        tasks.create_task(watch(consumer))
        tasks.create_task(keep("draining", projector.drain, idle_s=0.05))
        tasks.create_task(keep("refolding", projector.take_in, idle_s=TAKE_IN_EVERY_S))
        tasks.create_task(keep("telling", tell, idle_s=0.2))
        tasks.create_task(keep("publishing", publish, idle_s=0.2))


async def _projector(
    settings: ScoringSettings, pool: asyncpg.Pool, producer: Producer, state: DirectoryState
) -> Projector:
    """Wait until Kafka says how many partitions there are and the database is migrated."""
    while True:
        with suppress(Unavailable, asyncpg.UndefinedFunctionError, *DATABASE_AWAY):
            quota = Quota(settings.set_aside_share, settings.set_aside_window)
            projector = Projector(pool, await producer.partitions(EVENTS), state, quota)
            await projector.prepare()
            return projector
        await asyncio.sleep(TRY_AGAIN_S)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run_api() -> None:
    """Run the read API until SIGTERM. Raises UserError when its settings are not usable."""
    settings = read_settings(ScoringSettings)
    configure_logs("scoring")
    gc.set_threshold(50_000, 20, 100)  # to look through all objects takes 70 ms, in which nobody is answered
    app = create_api(settings, AccessFile(settings.tokens_file))
    serve(app, settings.scoring_host, settings.scoring_port, settings)


def run_worker() -> None:
    """Run a worker until SIGTERM. Raises UserError when its settings are not usable."""
    settings = read_settings(ScoringSettings)
    configure_logs("scoring-worker")
    gc.set_threshold(50_000, 20, 100)  # batches are many short-lived objects: looking through them costs a tenth
    serve(create_worker(settings), settings.worker_host, settings.worker_port, settings)
