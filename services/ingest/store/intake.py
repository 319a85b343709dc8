"""
What intake reads and writes, all within the caller's one transaction.

`lock` must be its first statement; see docs in `sql/intake.sql` for why no event can then be stuck.
"""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

import asyncpg
import orjson

from services.ingest.domain.aliases import Holding
from services.ingest.domain.candidate import Scope
from services.ingest.domain.identity import Identity
from services.ingest.domain.parking import Directory, Needs, Resolution
from services.ingest.domain.registration import Registration
from services.ingest.domain.routing import LogRecord
from services.ingest.store.queries import QUERIES
from services.kit.errors import Unavailable

SLOTS = 8
"""Counters of new identities for each client: transactions beside each other seldom share one."""


class Claim(NamedTuple):
    """
    An identity that was taken.

    *resolution* is None while its event is parked, or was *discarded* for a reason.
    """

    identity: Identity
    content: bytes
    resolution: Resolution | None
    discarded: str | None = None


ToClaim = tuple[Identity, bytes, Resolution | None, str]
"""Identity, content, resolution unless it has to wait, and client of a new event."""


class Held(NamedTuple):
    """How many events and dead letters of a client lie here."""

    parked: int = 0
    dead_letters: int = 0


class ToPark(NamedTuple):
    """An event that has to wait for *need*."""

    identity: Identity
    event: bytes
    need: str
    client: str
    within: Scope


def write_scope(scope: Scope) -> str | None:
    """Return a scope as it is kept."""
    return orjson.dumps(scope).decode() if scope else None


def read_scope(kept: str | None) -> Scope:
    """Return a scope that was kept."""
    return tuple(tuple(patterns) for patterns in orjson.loads(kept)) if kept else ()


async def lock(conn: asyncpg.Connection, *, registering: bool) -> None:
    """Take the place among other intake transactions until the end of this one."""
    await conn.execute((QUERIES.lock_for_registrations if registering else QUERIES.lock_for_facts).sql)


async def claim(conn: asyncpg.Connection, wanted: Iterable[ToClaim]) -> dict[Identity, Claim]:
    """Take the identities of *wanted*; return, of those that were taken already, what was claimed then."""
    ordered = sorted(wanted, key=itemgetter(0))
    if not ordered:
        return {}
    identities, contents, resolutions, clients = zip(*ordered, strict=True)
    taken = await conn.fetch(
        QUERIES.claim.sql, identities, contents, [_json(found) for found in resolutions], clients, SLOTS
    )
    return await _claims(conn, [identities[row["place"] - 1] for row in taken]) if taken else {}


def _json(resolution: Resolution | None) -> str | None:
    if resolution is None:
        return None
    return orjson.dumps(resolution).decode() if resolution else "{}"


async def _claims(conn: asyncpg.Connection, identities: Sequence[Identity]) -> dict[Identity, Claim]:
    rows = await conn.fetch(QUERIES.claims.sql, identities)
    if len(rows) != len(identities):  # expired between the two statements
        raise Unavailable("An identity was being released at this moment; try again.")
    return {
        (identity := row["identity"].hex): Claim(
            identity,
            row["content"],
            orjson.loads(row["resolved"]) if row["resolved"] else None,
            row["discarded"],
        )
        for row in rows
    }


async def claimed(conn: asyncpg.Connection, clients: Collection[str]) -> dict[str, int]:
    """Return how many new identities each of *clients* has had today."""
    counts = {row["client"]: row["identities"] for row in await conn.fetch(QUERIES.claimed.sql, list(clients))}
    return {client: counts.get(client, 0) for client in clients}


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


async def others_aliases(conn: asyncpg.Connection, new: Mapping[Identity, Registration]) -> set[Identity]:
    """Return which of *new* name an alias that another employee's registration names. Needs the registering lock."""
    rows = [(identity, found.code, alias) for identity, found in new.items() for alias in found.aliases]
    if not rows:
        return set()
    return {row["identity"].hex for row in await conn.fetch(QUERIES.others_aliases.sql, *_columns(rows))}


async def let_go(conn: asyncpg.Connection, identities: Collection[Identity]) -> None:
    """Give up identities claimed in this transaction."""
    await conn.execute(QUERIES.let_go.sql, list(identities))


async def held(conn: asyncpg.Connection, clients: Iterable[str]) -> dict[str, Held]:
    """Return how much of each client lies here; nobody else adds to it or takes from it before the transaction ends."""
    found = {client: Held() for client in clients}
    rows = await conn.fetch(QUERIES.held.sql, list(found))
    return found | {row["client"]: Held(row["parked"], row["dead_letters"]) for row in rows}


async def park(conn: asyncpg.Connection, waiting: Sequence[ToPark]) -> None:
    """Keep events as sent, each with the need it waits for, its client and what of their rights is still open."""
    rows = [(each.identity, each.event, each.need, each.client, write_scope(each.within)) for each in waiting]
    await conn.execute(QUERIES.park.sql, *_columns(rows))


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
