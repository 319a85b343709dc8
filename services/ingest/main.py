"""The ingest process: settings in, everything wired, served until told to stop."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import asyncpg
from fastapi import FastAPI

from schemas.topics import DIRECTORY, INBOUND
from services.ingest.api import events, reading, replay
from services.ingest.api.events import Door
from services.ingest.expiry import EVERY_S, Expiry
from services.ingest.folding import DirectoryFold, take_in_later
from services.ingest.groups import Groups
from services.ingest.inbound.consumer import Inbound
from services.ingest.intake import Intake
from services.ingest.limits import InFlight, Turns
from services.ingest.log import REMEMBER_S, Log
from services.ingest.organisation import DirectoryMemory
from services.ingest.registered import RegisteredSubjects
from services.ingest.release import Release
from services.ingest.sealed.keeping import SealedStore
from services.ingest.sealed.key import read_key
from services.ingest.sealed.sealing import Sealing
from services.ingest.sealed.unsealing import Unsealing
from services.ingest.settings import IngestSettings
from services.ingest.store.acknowledged import exchange
from services.kit.access_file import AccessFile
from services.kit.access_format import Access, InForce
from services.kit.application import application
from services.kit.errors import Unavailable, UserError
from services.kit.fenced import FencedConsumer
from services.kit.logs import configure_logs
from services.kit.postgres import open_pool, open_reserve
from services.kit.quota import Quota
from services.kit.server import health_routes, serve
from services.kit.settings import read_settings
from services.kit.supervision import end_with, keep
from services.kit.working import answers, reads, watch

LONGEST_SILENCE_S = 10
"""A frozen process must not keep the others out with the lock it holds."""
SPARE_CONNECTIONS = 8
"""
Beside the writers: release, expiry, settling, how far the log has come, folding the directory, releasing what was
sealed, and two that seal.
"""
TAKE_IN_EVERY_S = 10.0


def create_app(settings: IngestSettings, access: InForce) -> FastAPI:
    """Return the application; its servers are reached when it starts, and need not be there yet."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _running(settings, app):
            yield

    async def database() -> bool:
        return await answers(app.state.reserve, "claim")

    async def kafka() -> bool:
        door: Door = app.state.door
        return await door.log.ping()

    async def inbound() -> bool:
        reader: Inbound = app.state.inbound
        return reader.flows

    limits_known_topics(access.current())

    async def directory() -> bool:
        consumer: FencedConsumer = app.state.directory
        return not consumer.failing and (not consumer.assigned or await reads(consumer))

    app = application("Kinerja ingest", lifespan, access)
    app.include_router(events.router)
    app.include_router(replay.router)
    app.include_router(reading.router)
    # Requests must not be turned away because the other door waits for its group.
    shown = {"inbound": inbound} if settings.ingest_inbound else {}
    shown |= {"directory": directory} if settings.ingest_directory else {}
    app.include_router(health_routes({"database": database, "log": kafka}, shown))
    return app


def limits_known_topics(access: Access) -> None:
    """Raise UserError when *access* limits a topic that no events come over."""
    if unknown := set(access.topics) - {INBOUND}:
        raise UserError(f"The access file limits {', '.join(sorted(unknown))}; events come over {INBOUND} only.")


@asynccontextmanager
async def _running(settings: IngestSettings, app: FastAPI) -> AsyncIterator[None]:
    pool = await _open(settings, settings.ingest_writers + SPARE_CONNECTIONS)
    readers = await _open(settings, settings.ingest_readers)
    reserve = await open_reserve(settings.ingest_dsn.get_secret_value())
    log = Log(settings.kafka, partial(exchange, pool), ack_s=settings.ingest_ack_timeout_s)
    release = Release(pool, log, poll_s=settings.ingest_release_poll_s)
    expiry = app.state.expiry = Expiry(
        pool,
        claim_days=settings.ingest_claim_days,
        letter_days=settings.ingest_dead_letter_days,
        parked_days=settings.ingest_parked_days,
    )
    store = SealedStore(read_key(settings.ingest_sealed_key_file), DirectoryMemory())
    intake = Intake(pool, log, RegisteredSubjects(), settings.quotas, store)
    groups = Groups(intake, release, writers=settings.ingest_writers, most=settings.ingest_group_items)
    sealing = Sealing(pool, store, groups, settings.ingest_identities_a_day)
    unsealing = Unsealing(pool, store, release)
    in_flight, turns = (
        InFlight(settings.ingest_in_flight_bytes, settings.ingest_body_limit_bytes),
        Turns(settings.ingest_working_bytes),
    )
    app.state.pool, app.state.readers, app.state.reserve, app.state.release = pool, readers, reserve, release
    app.state.groups, app.state.store = groups, store
    app.state.door = Door(settings, log, sealing, in_flight, turns)
    await log.start()
    groups.start()
    inbound = app.state.inbound = Inbound(settings, log, sealing, turns, app.state.access)
    if settings.ingest_inbound:
        inbound.start()
    consumer = app.state.directory = _directory(settings, pool)
    works = [release.run(), keep("expiry", expiry.step, EVERY_S), keep("remembering", log.remember, REMEMBER_S)]
    works.append(keep("unsealing", unsealing.step, settings.ingest_release_poll_s))
    if settings.ingest_directory:
        refolding = keep("refolding", partial(take_in_later, pool), TAKE_IN_EVERY_S)
        works += [consumer.start(), watch(consumer), refolding]
    loops = [asyncio.create_task(work) for work in works]
    for loop in loops:
        end_with(loop)
    try:
        yield
    finally:
        await inbound.stop(settings.drain_s)
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await consumer.stop()
        await groups.stop()
        await log.stop()
        with suppress(Unavailable):
            await log.remember()
        for opened in (pool, readers, reserve):
            opened.terminate()


def _directory(settings: IngestSettings, pool: asyncpg.Pool) -> FencedConsumer:
    """Return what reads the directory; of all processes one has its partition."""
    return FencedConsumer(
        settings.kafka,
        (DIRECTORY,),
        settings.ingest_directory_group,
        DirectoryFold(pool, Quota(settings.set_aside_share, settings.set_aside_window)),
        instance=settings.ingest_member,
        session_timeout_ms=settings.session_timeout_ms,
    )


async def _open(settings: IngestSettings, size: int) -> asyncpg.Pool:
    return await open_pool(
        settings.ingest_dsn.get_secret_value(),
        size=size,
        timeout_s=settings.ingest_store_timeout_s,
        silence_s=LONGEST_SILENCE_S,
        reset=_nothing_to_reset,
    )


async def _nothing_to_reset(_: Any) -> None:
    """Transactions here leave nothing in their session, so a release needs no round trip."""


def run() -> None:
    """Run the process until SIGTERM. Raises UserError when its settings are not usable."""
    settings = read_settings(IngestSettings)
    read_key(settings.ingest_sealed_key_file)
    configure_logs("ingest")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it reports each attempt to connect; we report outages
    app = create_app(settings, AccessFile(settings.tokens_file, limits_known_topics))
    serve(app, settings.ingest_host, settings.ingest_port, settings, most_body=None)  # intake has a limit of its own


if __name__ == "__main__":
    run()
