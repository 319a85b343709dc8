"""Reading a version's journal in order of subject, in bounded memory."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

import asyncpg

from services.kit.postgres import Connection
from services.scoring.domain.directory import code_of
from services.scoring.domain.events import Event, decode, fact_of
from services.scoring.domain.fact import Fact

ROWS_A_STEP = 10_000
Item = TypeVar("Item")
Row = Any
"""Subject, payload and, where the query says it, type."""

Group = tuple[str, list[Item]]
"""A code and everything about it."""


def event_in(row: Row) -> Event:
    """Return the event of a row."""
    return decode(row[1])


def fact_in(row: Row) -> Fact | None:
    """Return the fact of a row, from its payload and its type."""
    return fact_of(row[2], row[1])


async def chunks(conn: Connection, query: Any, **arguments: object) -> AsyncIterator[list[asyncpg.Record]]:
    """Run a named query with a cursor and yield its rows, many at a time."""
    async with conn.transaction(readonly=True):
        cursor = await conn.cursor(query.sql, *arguments.values())
        while rows := await cursor.fetch(ROWS_A_STEP):
            yield rows


async def by_code(
    conn: Connection, query: Any, read: Callable[[Row], Item], **arguments: object
) -> AsyncIterator[list[Group[Item]]]:
    """Yield the rows of such a query, which comes in order of subject, each *read*, as groups that are whole."""
    open_group: Group[Item] | None = None
    async for rows in chunks(conn, query, **arguments):
        groups = list(_grouped(rows, read))
        if open_group is not None:
            if open_group[0] == groups[0][0]:
                groups[0] = (open_group[0], open_group[1] + groups[0][1])
            else:
                groups.insert(0, open_group)
        open_group = groups.pop()
        yield groups
    if open_group is not None:
        yield [open_group]


def _grouped(rows: Iterable[Row], read: Callable[[Row], Item]) -> Iterator[Group[Item]]:
    for subject, same in groupby(rows, key=itemgetter(0)):
        yield code_of(subject), [read(row) for row in same]
