"""
What the cells of a matrix share, and the installation of each.

Two servers are started once. Every cell has a database of its own, copied from one in which the prelude is folded, and
begins at the ends of the topics as it finds them: nothing of another cell is before or behind it.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.topics import ALERTS, DEAD_LETTERS, DIRECTORY, EVENTS, MEASURES
from services.kit.kafka_address import client_options
from services.local.credentials import HOLDERS, Credentials, signing_keys, write_access_file
from services.local.instance import PORT_NAMES
from services.local.ports import free_ports
from services.local.programs import Surroundings
from services.scoring.receipts.keys import ensure_keys
from services.setup.database import SERVICES, prepare_database
from services.setup.topics import create_topics
from tests.faults.matrix_history import ADDRESSES, prelude
from tests.faults.matrix_processes import NAMES, Processes
from tests.faults.matrix_upstream import Upstream
from tests.support.databases import fresh_database
from tests.support.ingest import key_file
from tests.support.mailbox import Mailbox, mailbox

PASSWORD = "only-in-tests"
READ = (DIRECTORY, EVENTS, DEAD_LETTERS, MEASURES, ALERTS)
Offsets = Mapping[TopicPartition, int]


class Log:
    """Reads all topics, of which no other process writes to between two cells."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def ends(self) -> dict[TopicPartition, int]:
        """Where each partition ends now."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._consumer.assignment())
        return ends

    async def between(self, starts: Offsets, ends: Offsets) -> list[ConsumerRecord]:
        """Everything from *starts* up to *ends*, in the order of its offsets within a partition."""
        open_ = {tp for tp in ends if starts[tp] < ends[tp]}
        for tp in ends:
            self._consumer.seek(tp, starts[tp])
        records: list[ConsumerRecord] = []
        async with asyncio.timeout(20):
            while open_:
                for tp, found in (await self._consumer.getmany(timeout_ms=200)).items():
                    records += [record for record in found if record.offset < ends[tp]]
                    if found[-1].offset + 1 >= ends[tp]:
                        open_.discard(tp)
        return records


@dataclass
class Site:
    """The installation of one cell."""

    processes: Processes
    conn: asyncpg.Connection
    log: Log
    starts: dict[TopicPartition, int]
    mail: Mailbox
    upstream: Upstream
    reader: httpx.AsyncClient
    folder: Path
    before: int
    """Events in the journal that came with the copy."""


@dataclass(frozen=True)
class Bed:
    """Two servers, and the database to copy; None until the prelude is folded."""

    kafka: str
    postgres: str
    log: Log
    folder: Path
    template: str | None = None

    @asynccontextmanager
    async def site(self) -> AsyncIterator[Site]:
        """Provide an installation whose services are not started; in the end everything of it is gone."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        async with fresh_database(self.postgres, self.template or "template1") as admin, mailbox() as box:
            around = await self._surroundings(admin, folder)
            processes, conn = Processes(around, box.port), await asyncpg.connect(admin)
            starts = await self._begin_at_the_ends(conn)
            async with _client(around, "ingest", "source") as source, _client(around, "scoring", "hr") as reader:
                before = await conn.fetchval("SELECT count(*) FROM scoring.journal WHERE NOT duplicate")
                try:
                    yield Site(processes, conn, self.log, starts, box, Upstream(source), reader, folder, before)
                finally:
                    await asyncio.to_thread(processes.kill)
                    await conn.close()
        shutil.rmtree(folder, ignore_errors=True)

    async def _surroundings(self, admin: str, folder: Path) -> Surroundings:
        """Tokens are the same in all cells, ports of each its own."""
        credentials = Credentials("", dict.fromkeys(SERVICES, PASSWORD), {holder: holder for holder in HOLDERS}, "")
        write_access_file(folder / "access.json", credentials.tokens)
        ensure_keys(signing_keys(folder))
        shutil.copy(key_file(), folder / "sealed.key")
        dsns = {service: _as_role(admin, service) for service in SERVICES}
        if self.template is None:
            await prepare_database(admin, dsns)
        ports = dict(zip(PORT_NAMES, free_ports(len(PORT_NAMES)), strict=True))
        return Surroundings(folder, ports, credentials, self.kafka, dsns)

    async def _begin_at_the_ends(self, conn: asyncpg.Connection) -> dict[TopicPartition, int]:
        ends = await self.log.ends()
        partitions = max(tp.partition for tp in ends if tp.topic == EVENTS) + 1
        await conn.execute(f"SET search_path = scoring; SELECT ensure_journal({partitions}); SET search_path = public")
        scoring = [(-1 if tp.topic == DIRECTORY else tp.partition, ends[tp]) for tp in _of(ends, DIRECTORY, EVENTS)]
        await conn.executemany(
            "INSERT INTO scoring.consumer_offset (partition, next_offset) VALUES ($1, $2)"
            " ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset",
            scoring,
        )
        (directory,) = _of(ends, DIRECTORY)
        await conn.execute("UPDATE ingest.directory_position SET next_offset = $1, last_digest = NULL", ends[directory])
        await conn.executemany(
            "INSERT INTO notifications.consumer_offset VALUES ($1, $2, $3)"
            " ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, last_digest = NULL",
            [(tp.topic, tp.partition, ends[tp]) for tp in _of(ends, DIRECTORY, MEASURES)],
        )
        return ends


@asynccontextmanager
async def bed(kafka: str, postgres: str) -> AsyncIterator[Bed]:
    """Provide what cells share, on the two servers given: topics, and a database with the prelude folded."""
    await create_topics(kafka)
    consumer = AIOKafkaConsumer(*READ, **client_options(kafka))  # without a group it has all partitions
    await consumer.start()
    folder = Path(tempfile.mkdtemp(prefix="kinerja-faults-"))
    try:
        bare = Bed(kafka, postgres, Log(consumer), folder)
        async with _with_prelude(bare) as template:
            yield Bed(kafka, postgres, bare.log, folder, template)
    finally:
        await consumer.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _with_prelude(bare: Bed) -> AsyncIterator[str]:
    async with fresh_database(bare.postgres) as kept:
        name = urlsplit(kept).path.lstrip("/")
        async with bare.site() as site:
            for process in NAMES:
                site.processes.start(process)
            sent = 0
            for request in prelude():
                await site.upstream.send(request)
                sent += len(request)
                await settled(site, sent)
            await _give_addresses(site.conn)
            origin = await site.conn.fetchval("SELECT current_database()")
            await asyncio.to_thread(site.processes.kill)
            await site.conn.close()
            await _copy(bare.postgres, origin, name)
        yield name


async def _copy(admin: str, origin: str, name: str) -> None:
    conn = await asyncpg.connect(admin)
    try:
        await conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", origin)
        await conn.execute(f'CREATE DATABASE "{name}" TEMPLATE "{origin}"')
    finally:
        await conn.close()


async def _give_addresses(conn: asyncpg.Connection) -> None:
    await conn.executemany(
        "INSERT INTO notifications.preference (employee, email, language, muted) VALUES ($1, $2, 'id', false)",
        list(ADDRESSES.items()),
    )


_OPEN = """
SELECT (SELECT count(*) FROM scoring.journal WHERE NOT duplicate AND fault IS NULL) AS events,
    (SELECT count(*) FROM scoring.recompute_queue) AS recompute_queue,
    (SELECT count(*) FROM scoring.measure_outbox) AS unpublished_days,
    (SELECT count(*) FROM scoring.dead_letter) AS dead_letters
"""
_OPEN_AT_THE_END = """
SELECT (SELECT count(*) FROM notifications.mark) AS marks,
    (SELECT count(*) FROM notifications.alert_event WHERE published_at IS NULL) AS unpublished_steps,
    (SELECT count(*) FROM notifications.delivery WHERE state = 'pending') AS unsent
"""


async def settled(site: Site, events: int, within_s: float = 40) -> None:
    """
    Wait until so many *events* are folded and all that follows from them is published, noticed and delivered.

    Raises AssertionError saying what is open still.
    """
    state: dict[str, object] | None = None
    try:
        async with asyncio.timeout(within_s):
            while (state := await _open(site, site.before + events)) is not None:
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"does not come to rest: {state}") from None


async def _open(site: Site, events: int) -> dict[str, object] | None:
    found = dict(await site.conn.fetchrow(_OPEN) or {})
    folded_events = found.pop("events")
    if folded_events != events:
        return {"events folded": f"{folded_events} of {events}", **found}
    if any(found.values()):
        return found
    ends = await site.log.ends()
    rows = await site.conn.fetch("SELECT topic, partition, next_offset FROM notifications.consumer_offset")
    folded = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    if behind := {tp: ends[tp] - folded[tp] for tp in _of(ends, DIRECTORY, MEASURES) if folded[tp] != ends[tp]}:
        return {"notifications is behind": behind}
    found = dict(await site.conn.fetchrow(_OPEN_AT_THE_END) or {})
    return found if any(found.values()) else None


def _of(offsets: Offsets, *topics: str) -> list[TopicPartition]:
    return [tp for tp in offsets if tp.topic in topics]


def _as_role(admin: str, role: str) -> str:
    partitions = urlsplit(admin)
    return urlunsplit(partitions._replace(netloc=f"{role}:{PASSWORD}@{partitions.hostname}:{partitions.port}"))


def _client(around: Surroundings, service: str, holder: str) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {around.credentials.tokens[holder]}"}
    return httpx.AsyncClient(base_url=around.url(service), headers=headers, timeout=10)
