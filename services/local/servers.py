"""
One Kafka and one PostgreSQL for a test run, which tests may kill, stop and start.

Each is the one named in the environment (KINERJA_KAFKA, KINERJA_ADMIN_DSN), else a container when
KINERJA_TESTCONTAINERS=1, else our own in a temporary folder. A server that cannot be had is an error, not a skipped
test.
"""

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.local import kafka, postgres
from services.local.console import Say, silent
from services.local.environment import given_servers
from services.local.ports import free_ports
from services.local.server import ForeignServer, OwnServer, Server


@dataclass(frozen=True, slots=True)
class Servers:
    """*kafka* as a `KafkaAddress`, *postgres* as the DSN of a superuser."""

    kafka: Server
    postgres: Server


@asynccontextmanager
async def servers(folder: Path | None = None, say: Say = silent) -> AsyncIterator[Servers]:
    """Provide both servers, started, and remove everything afterwards. *folder* must not exist or be empty."""
    async with AsyncExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kinerja-")))
        broker, database = await _both(_kafka(home, say), _postgres(home, say))
        stack.push_async_callback(broker.close)
        stack.push_async_callback(database.close)
        await asyncio.gather(broker.start(), database.start())
        yield Servers(broker, database)


async def _both(first: Awaitable[Server], second: Awaitable[Server]) -> tuple[Server, Server]:
    """Wait for both even when one fails: a thread that still writes would undo the removal of the folder."""
    found = await asyncio.gather(first, second, return_exceptions=True)
    for outcome in found:
        if isinstance(outcome, BaseException):
            raise outcome
    return found[0], found[1]  # type: ignore[return-value]


async def _kafka(home: Path, say: Say) -> Server:
    if address := given_servers().kafka:
        return ForeignServer(address)
    if os.environ.get("KINERJA_TESTCONTAINERS") == "1":
        from services.local.containers import kafka_container

        return kafka_container(free_ports(1)[0])
    password, log = secrets.token_urlsafe(24), home / "kafka.log"
    broker = await asyncio.to_thread(kafka.prepare, home / "kafka", free_ports(2), password, log, say)
    return OwnServer(broker.address, broker.command, lambda: None, broker.ready)


async def _postgres(home: Path, say: Say) -> Server:
    if dsn := given_servers().admin_dsn:
        return ForeignServer(dsn.get_secret_value())
    if os.environ.get("KINERJA_TESTCONTAINERS") == "1":
        from services.local.containers import postgres_container

        return postgres_container(free_ports(1)[0])
    (port,) = free_ports(1)
    password = secrets.token_urlsafe(24)
    database = await asyncio.to_thread(postgres.prepare, home / "postgres", port, password, home / "postgres.log", say)
    return OwnServer(
        database.dsn, database.command, lambda: postgres.settle(database), lambda: postgres.ready(database.dsn)
    )
