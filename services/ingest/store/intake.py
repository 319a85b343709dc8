"""
What intake reads and writes, all within the caller's one transaction.

`lock` must be its first statement; see docs in `sql/intake.sql` for why no event can then be stuck.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

import asyncpg
import orjson

from services.ingest.domain.aliases import Holding
from services.ingest.domain.identity import Identity
from services.ingest.domain.parking import Directory, Needs, Resolution
from services.ingest.domain.registration import Registration
from services.ingest.domain.routing import LogRecord
from services.ingest.store.queries import QUERIES
from services.kit.errors import Unavailable


class Claim(NamedTuple):
    """An identity that is taken; *resolution* is None while its event is parked, or was *discarded* for a reason."""

    identity: Identity
    content: bytes
    resolution: Resolution | None
    discarded: str | None = None


async def lock(conn: asyncpg.Connection, *, registering: bool) -> None:
    """Take the place among other intake transactions until the end of this one."""
    await conn.execute((QUERIES.lock_for_registrations if registering else QUERIES.lock_for_facts).sql)


async def claim(conn: asyncpg.Connection, wanted: Iterable[Claim]) -> dict[Identity, Claim]:
    """Take the identities of *wanted*; return, of those that were taken already, what was claimed then."""
    ordered = sorted(wanted, key=lambda item: item.identity)
    if not ordered:
        return {}
    taken = await conn.fetch(
        QUERIES.claim.sql,
        [item.identity for item in ordered],
        [item.content for item in ordered],
        [_json(item.resolution) for item in ordered],
    )
    return await _claims(conn, [ordered[row["place"] - 1].identity for row in taken]) if taken else {}


def _json(resolution: Resolution | None) -> str | None:
    return None if resolution is None else orjson.dumps(resolution).decode()


async def _claims(conn: asyncpg.Connection, identities: Sequence[Identity]) -> dict[Identity, Claim]:
    rows = await conn.fetch(QUERIES.claims.sql, identities)
    if len(rows) != len(identities):  # expired between the two statements
        raise Unavailable("An identity was being released at this moment; try again.")
    return {
        (identity := row["identity"].hex): Claim(
            identity, row["content"], orjson.loads(row["resolved"]) if row["resolved"] else None, row["discarded"]
        )
        for row in rows
    }


async def load_directory(conn: asyncpg.Connection, needs: Iterable[Needs], known: Container[str]) -> Directory:
    """Look up what *needs* ask for; *known* are subjects that need no look."""
    needed = list(needs)
    directory = Directory()
    wanted = {subject for need in needed for subject in need.subjects}
    directory.subjects = {subject for subject in wanted if subject in known}
    if unsure := wanted - directory.subjects:
        directory.subjects.update(row["subject"] for row in await conn.fetch(QUERIES.known.sql, list(unsure)))
    if pairs := {(alias, need.on) for need in needed for alias in need.aliases}:
        rows = await conn.fetch(QUERIES.holdings.sql, [alias for alias, _ in pairs], [day for _, day in pairs])
        for alias, *holding in rows:
            directory.holdings[alias].append(Holding(*holding))
    return directory


async def register(conn: asyncpg.Connection, registrations: Mapping[Identity, Registration]) -> None:
    """Keep new registrations, with names and aliases, and note whom they wake. Needs the registering lock."""
    await conn.execute(QUERIES.add_known.sql, sorted({found.subject for found in registrations.values()}))
    people = {identity: found for identity, found in registrations.items() if found.of_employee}
    if people:
        await conn.execute(
            QUERIES.add_registrations.sql,
            list(people),
            *_columns([(p.code, p.effective_from, p.time, p.source, p.id, p.name) for p in people.values()]),
        )
    aliases = [
        (alias, p.effective_from, p.time, p.source, p.id, p.code) for p in people.values() for alias in p.aliases
    ]
    if aliases:
        await conn.execute(QUERIES.add_aliases.sql, *_columns(aliases))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def park(conn: asyncpg.Connection, waiting: Sequence[tuple[Identity, bytes, str]]) -> None:
    """Keep events as sent, each with the need it waits for."""
    await conn.execute(QUERIES.park.sql, *_columns(waiting))


async def wake(conn: asyncpg.Connection, needs: Iterable[str]) -> bool:
    """Note needs just met; say whether any event waits for them."""
    return bool(await conn.fetch(QUERIES.wake.sql, sorted(set(needs))))


async def owe(conn: asyncpg.Connection, records: Sequence[LogRecord], *, grace_s: float = 0) -> list[int]:
    """Owe *records* to the log, by the release loop once *grace_s* has passed; return their numbers."""
    rows = await conn.fetch(QUERIES.owe.sql, grace_s, *_columns([(r.topic, r.key, r.value) for r in records]))
    return [row["id"] for row in rows]


async def settle(conn: asyncpg.Connection, numbers: Sequence[int]) -> None:
    """Forget owed records that the log has acknowledged."""
    await conn.execute(QUERIES.settle.sql, numbers)
