"""The tools behind `kinerja rebuild` and `kinerja verify`: wires settings, database, topics and terminal."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar

import asyncpg
from aiokafka import AIOKafkaConsumer
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console

from services.kit.dsn import Dsn
from services.kit.errors import Unavailable, UserError
from services.kit.failures import DATABASE_AWAY
from services.kit.kafka_address import FORM, KafkaAddress, client_options
from services.kit.postgres import open_pool
from services.kit.settings import read_settings
from services.scoring.domain.events import UNKNOWN_TYPE
from services.scoring.folding.placing import Placing
from services.scoring.folding.refolding import refold as refold_all
from services.scoring.store import BY_KEY, queries
from services.scoring.store.directory_state import DirectoryState
from services.scoring.terminal import progress
from services.scoring.versions import output
from services.scoring.versions.rebuilding import FRESH_PATH, Outcome, Rebuild, When
from services.scoring.versions.sources import JournalSource, Source, TopicsSource
from services.scoring.versions.verifying import verify_sample

Origin = Literal["journal", "topics", "previous"]
CONNECTIONS = 9
REFOLD_STATEMENT_S = 120
LONGEST_STATEMENT_S = 6 * 3600
T = TypeVar("T")


class VersionSettings(BaseSettings):
    """Where the projections are."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore")

    scoring_dsn: Dsn = Field(description="PostgreSQL address with the role `scoring`.")
    kafka: KafkaAddress | None = Field(None, description=f"Where Kafka is, {FORM}, for a rebuild from the topics.")


def rebuild(origin: Origin, *, replace: bool) -> int:
    """Rebuild, compare, switch; print what came of it and return the exit status. Raises UserError."""
    when = When.ALWAYS if replace or origin == "previous" else When.EQUAL
    outcome, seconds = _run(_rebuild(read_settings(VersionSettings), origin, when))
    output.print_rebuilt(Console(), outcome, seconds)
    return 0 if outcome.switched else 1


def verify(people: int, units: int) -> int:
    """Check sums and samples; print what is wrong and return the exit status. Raises UserError."""
    verified = _run(_verify(read_settings(VersionSettings), people, units))
    output.print_verified(Console(), verified)
    return 1 if verified.sums or verified.wrong else 0


def verify_all() -> int:
    """Fold everything anew beside the live version and compare; return the exit status. Raises UserError."""
    outcome, seconds = _run(_rebuild(read_settings(VersionSettings), "journal", When.NEVER))
    output.print_compared(Console(), outcome, seconds)
    return 1 if outcome.differences else 0


def refold() -> int:
    """Take in what was set aside or kept for later and can be read now; return the exit status. Raises UserError."""
    taken, apart = _run(_refold(read_settings(VersionSettings)))
    output.print_refolded(Console(), taken, apart["malformed"], apart["later"])
    return 0


def _run(work: Coroutine[Any, Any, T]) -> T:
    gc.set_threshold(50_000, 20, 100)  # as the worker: many short-lived objects, beside a directory that stays
    try:
        return asyncio.run(work)
    except Unavailable as exc:
        raise UserError(str(exc)) from None
    except asyncpg.UndefinedFunctionError:
        raise UserError("The database is older than this program: run `kinerja migrate` first.") from None
    except DATABASE_AWAY as exc:
        raise UserError(f"PostgreSQL does not answer at KINERJA_SCORING_DSN ({type(exc).__name__}).") from None


async def _verify(settings: VersionSettings, people: int, units: int) -> Any:
    conn = await asyncpg.connect(settings.scoring_dsn.get_secret_value())
    try:
        return await verify_sample(conn, people, units)
    finally:
        await conn.close()


async def _refold(settings: VersionSettings) -> tuple[int, dict[str, int]]:
    pool = await open_pool(
        settings.scoring_dsn.get_secret_value(), size=1, timeout_s=REFOLD_STATEMENT_S, server_settings=BY_KEY
    )
    try:
        async with pool.acquire() as conn:
            placing = Placing(len(await queries.offsets(conn)) - 1)
        taken = await refold_all(pool, DirectoryState(), placing)
        async with pool.acquire() as conn:
            return taken, dict(await queries.count_kept_apart(conn, later=UNKNOWN_TYPE))
    finally:
        await pool.close()


async def _rebuild(settings: VersionSettings, origin: Origin, switch: When) -> tuple[Outcome, float]:
    started = time.monotonic()
    options = {"search_path": FRESH_PATH, "synchronous_commit": "off"}
    dsn = settings.scoring_dsn.get_secret_value()
    pool = await open_pool(dsn, size=CONNECTIONS, timeout_s=LONGEST_STATEMENT_S, silence_s=0, server_settings=options)
    try:
        async with pool.acquire() as conn:
            records = sum(row["next_offset"] for row in await queries.live_offsets(conn))
        with progress("menyusun ulang", records * (2 if origin == "topics" else 1)) as told:
            async with pool.acquire() as guard, _source(settings, pool, origin) as source:
                await queries.lock_for_rebuilding(guard)
                work = Rebuild(pool, source, told)
                beginnings = {"journal": work.from_journal, "topics": work.from_topics, "previous": work.from_previous}
                await beginnings[origin]()
                outcome = await work.finish(switch)
        if switch is When.NEVER:
            async with pool.acquire() as conn:
                await queries.drop_fresh(conn)
    finally:
        await pool.close()
    return outcome, time.monotonic() - started


@asynccontextmanager
async def _source(settings: VersionSettings, pool: asyncpg.Pool, origin: Origin) -> AsyncIterator[Source]:
    """Lend the source that a version of this origin catches up from."""
    async with pool.acquire() as conn:
        own_journal = origin == "topics" or (origin == "previous" and await queries.previous_has_journal(conn))
        faults = (
            {(row["partition"], row["record_offset"]): row["fault"] for row in await queries.faults(conn)}
            if own_journal
            else {}
        )
    if not own_journal:
        yield JournalSource()
        return
    if settings.kafka is None:
        raise UserError(f"KINERJA_KAFKA is missing: where Kafka is, {FORM}, to read the topics.")
    consumer = AIOKafkaConsumer(**client_options(settings.kafka), enable_auto_commit=False, auto_offset_reset="none")
    await _start(consumer)
    try:
        yield TopicsSource(consumer, faults)
    finally:
        await consumer.stop()


async def _start(consumer: AIOKafkaConsumer) -> None:
    try:
        await consumer.start()
    except Exception as exc:
        await consumer.stop()
        raise Unavailable(f"Kafka does not answer at KINERJA_KAFKA ({type(exc).__name__}).") from exc
