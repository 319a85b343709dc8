"""Whatever dies, moves or goes away: a record of the topic counts once, and none is committed before it is safe."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from services.local.servers import Servers
from tests.support.inbound import Upstream, flows, joined
from tests.support.ingest import Ingest, Log, Source, running, settings_for
from tests.support.ingest_process import client, process

PARTITIONS = 8
pytestmark = pytest.mark.timeout(120)


def _knobs(sender: Upstream) -> dict[str, str]:
    return {
        "ingest_inbound": "true",
        "ingest_inbound_group": sender.group,
        "ingest_inbound_records": "40",
        "session_timeout_ms": "6000",
    }


class Load:
    """An upstream system at work: events to every partition, and now and then something that is none."""

    def __init__(self, sender: Upstream, source: Source) -> None:
        self._sender, self._source = sender, source
        self.employee = source.own("E1")
        self.events = self.nonsense = 0

    async def run(self, until: asyncio.Event) -> None:
        """Write until told to stop."""
        await asyncio.gather(*(self._run(partition, until) for partition in range(PARTITIONS)))

    async def _run(self, partition: int, until: asyncio.Event) -> None:
        while not until.is_set():
            await self._sender.put_event(self._source.punch(f"employee:{self.employee}"), partition)
            self.events += 1
            if self.events % 30 == 0:
                await self._sender.put(b"nonsense", partition=partition)
                self.nonsense += 1
            await asyncio.sleep(0.01)  # a pace that one member can follow


@asynccontextmanager
async def _load(sender: Upstream, source: Source, ingest: Ingest) -> AsyncIterator[Load]:
    """Write during the block, then wait until ingest has taken all of it."""
    load, enough = Load(sender, source), asyncio.Event()
    await joined(ingest)
    await ingest.take(source.person(load.employee))
    running_load = asyncio.create_task(load.run(enough))
    try:
        yield load
    finally:
        enough.set()
        await running_load
    await ingest.until(sender.all_committed, within_s=40)


def _contents(log: Log, source: Source) -> Counter[str]:
    """How often each content stands on the log."""
    return Counter(json.dumps(event, sort_keys=True) for event in log.of(source))


async def _more(log: Log, source: Source) -> None:
    """Wait until some more of the source's events are on the log."""
    count = len(log.of(source))
    await log.until(lambda: len(log.of(source)) > count + 20)


async def test_kill_9_in_mid_load_loses_nothing(
    servers: Servers, sender: Upstream, dsn: str, log: Log, source: Source, tmp_path: Path
) -> None:
    """Every record is on the log or a dead letter once the process runs again, with one content an identity."""
    knobs = _knobs(sender) | {"session_timeout_ms": "1500"}  # how long the group waits for a member that was killed
    async with process(tmp_path, dsn, servers.kafka.address, **knobs) as made, client(made) as ingest:
        await made.start()
        async with _load(sender, source, ingest) as load:
            for _ in range(2):
                await _more(log, source)
                assert await made.end(signal.SIGKILL) == -signal.SIGKILL
                await made.start(until="/health/live")
            await _more(log, source)
        await log.until(lambda: len(_contents(log, source)) == load.events + 1)
        await log.quiet()
        assert len(_contents(log, source)) == len({event["id"] for event in log.of(source)}) == load.events + 1
        assert len(await ingest.dead_letters(limit="1000")) == load.nonsense


async def test_sigterm_finishes_the_batch_in_flight(
    servers: Servers, sender: Upstream, dsn: str, log: Log, source: Source, tmp_path: Path
) -> None:
    """What it has taken is committed before it ends: the next process takes the rest, and nothing a second time."""
    async with process(tmp_path, dsn, servers.kafka.address, **_knobs(sender)) as made, client(made) as ingest:
        await made.start()
        async with _load(sender, source, ingest) as load:
            for _ in range(2):
                await _more(log, source)
                assert await made.end(signal.SIGTERM) == 0
                await made.start()
        await log.until(lambda: len(_contents(log, source)) == load.events + 1)
        await log.quiet()
        assert set(_contents(log, source).values()) == {1}
        assert "Traceback" not in made.output.read_text()


async def test_members_come_and_go_in_mid_load(
    servers: Servers, sender: Upstream, dsn: str, log: Log, source: Source
) -> None:
    """Partitions move between two members and back; the batch in flight ends before they do, so nothing comes twice."""
    settings = settings_for(dsn, servers.kafka.address, **_knobs(sender))
    async with running(settings) as ingest, _load(sender, source, ingest) as load:
        for _ in range(2):
            async with running(settings) as other:
                await joined(other)
                await _more(log, source)
            await _more(log, source)
    await log.until(lambda: len(_contents(log, source)) == load.events + 1)
    await log.quiet()
    assert set(_contents(log, source).values()) == {1}


async def _stuck(ingest: Ingest) -> bool:
    return not await flows(ingest)


async def _put_while_away(ingest: Ingest, sender: Upstream, source: Source, employee: str) -> dict[int, int]:
    """Write records, see that none of them is committed, and return what was before."""
    await ingest.until(sender.all_committed)
    before = await sender.committed()
    for partition in range(PARTITIONS):
        await sender.put(b"nonsense", partition=partition)
        await sender.put_event(source.punch(f"employee:{employee}"), partition)
    return before


async def test_without_the_database_it_waits_and_goes_on(
    servers: Servers, sender: Upstream, both_doors: Ingest, log: Log, source: Source
) -> None:
    """Nothing is committed while nothing can be kept; afterwards all is taken, without a restart."""
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    await servers.postgres.kill()
    try:
        before = await _put_while_away(both_doors, sender, source, employee)
        await both_doors.until(lambda: _stuck(both_doors))
        assert await sender.committed() == before
    finally:
        await servers.postgres.start()
    await both_doors.until(sender.all_committed)
    await log.until(lambda: len(log.of(source)) >= PARTITIONS + 1)
    assert len(await both_doors.dead_letters()) == PARTITIONS


async def test_without_the_broker_it_waits_and_goes_on(
    servers: Servers, sender: Upstream, both_doors: Ingest, log: Log, source: Source
) -> None:
    """It joins again by itself, also from a broker that was killed, and takes what comes then."""
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    await sender.put_event(source.punch(f"employee:{employee}"))
    await both_doors.until(sender.all_committed)
    await servers.kafka.kill()
    await servers.kafka.start()
    await sender.put_event(source.punch(f"employee:{employee}"))
    await both_doors.until(sender.all_committed)
    await log.until(lambda: len({event["id"] for event in log.of(source)}) == 3)


async def test_a_statement_that_can_never_work_loses_nothing(
    sender: Upstream, both_doors: Ingest, dsn: str, log: Log, source: Source
) -> None:
    """Where not even a dead letter can be kept, it is the database that is wrong: records wait until it is mended."""
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("ALTER TABLE dead_letter RENAME TO elsewhere")
        before = await _put_while_away(both_doors, sender, source, employee)
        await log.until(lambda: len(log.of(source)) >= 2)  # of the next partition's; the first record holds its own up
        await both_doors.until(lambda: _stuck(both_doors))
        assert await sender.committed() == before
        await connection.execute("ALTER TABLE elsewhere RENAME TO dead_letter")
    finally:
        await connection.close()
    await both_doors.until(sender.all_committed)
    assert len(await both_doors.dead_letters()) == PARTITIONS
