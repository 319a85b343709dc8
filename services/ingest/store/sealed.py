"""
The tables of the sealed answers, all within the caller's one transaction, after `lock`.

They belong to a role that the block of `as_sealed` takes on; outside of it nothing of ingest can read them.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import NamedTuple

import asyncpg

from services.ingest.domain.identity import Identity
from services.ingest.store.queries import QUERIES


class Kept(NamedTuple):
    """Something kept: its name, and the content that only the key opens."""

    name: bytes
    content: bytes


async def lock(conn: asyncpg.Connection) -> None:
    """Take turns with all others that seal, void, release or place ratings, until the end of the transaction."""
    await conn.execute(QUERIES.lock_sealed.sql)


@asynccontextmanager
async def as_sealed(conn: asyncpg.Connection) -> AsyncIterator[None]:
    """Work as the role that owns the answers; after a failure the transaction's rollback gives it back."""
    await conn.execute(QUERIES.as_sealed.sql)
    yield
    await conn.execute(QUERIES.as_ingest.sql)


async def fingerprint(conn: asyncpg.Connection, own: bytes) -> bytes:
    """Return what the key is known by that the answers were sealed with; *own* where there was none."""
    (row,) = await conn.fetch(QUERIES.sealed_fingerprint.sql, own)
    found: bytes = row["fingerprint"]
    return found


async def claims(conn: asyncpg.Connection, identities: Collection[bytes]) -> set[bytes]:
    """Return which identities are taken."""
    return {row["identity"] for row in await conn.fetch(QUERIES.sealed_claims.sql, list(identities))}


async def claim(conn: asyncpg.Connection, identity: bytes) -> None:
    """Take an identity that is free."""
    await conn.execute(QUERIES.claim_sealed.sql, identity)


async def put_answer(conn: asyncpg.Connection, kept: Kept, *, identity: bytes, about: bytes, last_day: date) -> None:
    """Keep an answer in the place of the one before it."""
    await conn.execute(QUERIES.put_answer.sql, kept.name, identity, about, last_day, kept.content)


async def answer_of(conn: asyncpg.Connection, identity: bytes) -> Kept | None:
    """Return the answer that stands and came with an identity."""
    row = await conn.fetchrow(QUERIES.answer_of_identity.sql, identity)
    return Kept(*row) if row else None


async def drop_answer(conn: asyncpg.Connection, name: bytes) -> None:
    """Destroy one answer."""
    await conn.execute(QUERIES.drop_answer.sql, name)


async def put_waiting(conn: asyncpg.Connection, kept: Kept, need: bytes | None) -> None:
    """Let something wait for the rating that *need* names; without it for the holder of an alias."""
    await conn.execute(QUERIES.put_waiting.sql, kept.name, need, kept.content)


async def waiting_voids(conn: asyncpg.Connection, needs: Collection[bytes]) -> list[Kept]:
    """Return the voids that wait for one of some ratings."""
    rows = await conn.fetch(QUERIES.waiting_voids.sql, list(needs))
    return [Kept(row["name"], row["content"]) for row in rows]


async def waiting_aliases(conn: asyncpg.Connection, after: bytes, size: int) -> list[Kept]:
    """Return the next things that wait for the holder of an alias."""
    return [Kept(*row) for row in await conn.fetch(QUERIES.waiting_aliases.sql, after, size)]


async def drop_waiting(conn: asyncpg.Connection, names: Iterable[bytes]) -> None:
    """Forget what waited."""
    await conn.execute(QUERIES.drop_waiting.sql, list(names))


async def groups(conn: asyncpg.Connection, after: bytes, latest: date, size: int) -> list[tuple[bytes, Kept]]:
    """Return the next of those about whom there are answers, for periods that end until *latest*, with one of them."""
    rows = await conn.fetch(QUERIES.sealed_groups.sql, after, latest, size)
    return [(row["about"], Kept(row["name"], row["content"])) for row in rows]


async def answers(conn: asyncpg.Connection, about: bytes) -> dict[bytes, bytes]:
    """Return the answers about somebody for a period, by name."""
    return {row["name"]: row["content"] for row in await conn.fetch(QUERIES.answers_about.sql, about)}


async def destroy(conn: asyncpg.Connection, about: bytes) -> None:
    """Destroy the answers about somebody for a period."""
    await conn.execute(QUERIES.destroy_answers.sql, about)


async def settle(conn: asyncpg.Connection, about: bytes) -> None:
    """Note that there will be no other release about somebody for a period."""
    await conn.execute(QUERIES.settle_about.sql, about)


async def settled(conn: asyncpg.Connection, abouts: Collection[bytes]) -> set[bytes]:
    """Return about which of these all is settled."""
    return {row["about"] for row in await conn.fetch(QUERIES.settled.sql, list(abouts))}


async def known_in_the_open(conn: asyncpg.Connection, identities: Collection[Identity]) -> set[Identity]:
    """Return which identities are taken in the open, or were by a rating."""
    rows = await conn.fetch(QUERIES.open_identities.sql, list(identities))
    return {row["identity"].hex for row in rows}


async def add_open_ratings(conn: asyncpg.Connection, identities: Sequence[Identity]) -> None:
    """Remember for ever that these are ratings in the open."""
    await conn.execute(QUERIES.add_open_ratings.sql, identities)
