"""Reading a version's journal in order of subject, in bounded memory."""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import asyncpg

from services.kit.postgres import Connection
from services.scoring.domain.directory import code_of
from services.scoring.domain.events import Event, decode

ROWS_A_STEP = 10_000
Group = tuple[str, list[Event]]
"""A code and every event about it."""


async def chunks(conn: Connection, query: Any, **arguments: object) -> AsyncIterator[list[asyncpg.Record]]:
    """Run a named query with a cursor and yield its rows, many at a time."""
    async with conn.transaction(readonly=True):
        cursor = await conn.cursor(query.sql, *arguments.values())
        while rows := await cursor.fetch(ROWS_A_STEP):
            yield rows


async def by_code(conn: Connection, query: Any, **arguments: object) -> AsyncIterator[list[Group]]:
    """Yield the events of such a query, which comes in order of subject, as groups that are whole."""
    open_group: Group | None = None
    async for rows in chunks(conn, query, **arguments):
        groups = list(_grouped(rows))
        if open_group is not None:
            if open_group[0] == groups[0][0]:
                groups[0] = (open_group[0], open_group[1] + groups[0][1])
            else:
                groups.insert(0, open_group)
        open_group = groups.pop()
        yield groups
    if open_group is not None:
        yield [open_group]


def _grouped(rows: Iterable[asyncpg.Record]) -> Iterator[Group]:
    for subject, same in groupby(rows, key=itemgetter(0)):
        yield code_of(subject), [decode(payload) for _, payload in same]
