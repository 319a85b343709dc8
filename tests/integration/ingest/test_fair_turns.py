"""Who sends much at once does not hold up who sends a little."""

import asyncio

import asyncpg

from tests.support.ingest import Ingest, Source

LARGE = 600
"""More than a quarter of a group: stored alone."""


async def _ended(tasks: list["asyncio.Task[list[str]]"]) -> int:
    return sum(task.done() for task in tasks)


async def test_a_single_event_passes_all_but_the_batches_under_way(
    ingest: Ingest, source: Source, migrated: str
) -> None:
    """Six batches of one sender are there before; at most one more of them is stored before another's single event."""
    person = source.own("E1")
    assert await ingest.take([source.person(person)]) == ["accepted"]
    conn = await asyncpg.connect(migrated)
    try:
        async with conn.transaction():  # nobody stores anything meanwhile
            await conn.execute("SELECT pg_advisory_xact_lock(hashtext('kinerja.ingest.directory'))")
            batches = [
                asyncio.create_task(ingest.take([source.punch(f"employee:{person}") for _ in range(LARGE)]))
                for _ in range(6)
            ]
            await ingest.until(lambda: _waiting(conn, 1))
            single = asyncio.create_task(ingest.post(source.punch(f"employee:{person}"), "terminal"))
            await ingest.until(lambda: _waiting(conn, 2))
        assert (await single).status_code == 202
        assert await _ended(batches) <= 2, "those under way when it came, and one more"
        assert [len(statuses) for statuses in await asyncio.gather(*batches)] == [LARGE] * 6
    finally:
        await conn.close()


async def _waiting(conn: asyncpg.Connection, count: int) -> bool:
    """Say whether so many transactions of ingest wait for the lock."""
    here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    waiting = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND {here}"
    return bool(await conn.fetchval(waiting) >= count)
