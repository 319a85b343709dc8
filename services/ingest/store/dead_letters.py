"""What was rejected, kept as it was sent."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg
import orjson

from schemas.topics import DEAD_LETTERS
from services.ingest.store.queries import QUERIES

LONGEST_WORD = 256


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One rejected item; *body* as it was sent, cut off unless *complete*."""

    client: str
    origin: str
    source: str | None
    event_id: str | None
    type: str | None
    reason: str
    problems: list[dict[str, str]]
    body: bytes
    complete: bool

    @property
    def content(self) -> bytes:
        """
        What makes a dead letter the same as another: who sent it, where it comes from, and every byte of it.

        So each record of a topic has its own, read however often, and a retry over HTTP has none of its own.
        """
        words = [word.encode() for word in (self.client, self.origin)]
        framed = b"".join(len(word).to_bytes(2, "big") + word for word in words)
        return hashlib.blake2b(framed + self.body, digest_size=16).digest()


async def keep(conn: asyncpg.Connection, letters: Sequence[DeadLetter]) -> bool:
    """Keep *letters*, each content once; say whether any was new."""
    ordered = sorted({letter.content: letter for letter in letters}.items())
    rows = [
        (
            content,
            letter.client,
            letter.origin,
            _storable(letter.source),
            _storable(letter.event_id),
            _storable(letter.type),
            letter.reason.replace("\0", "\ufffd"),
            orjson.dumps(letter.problems).decode().replace("\\u0000", "\\ufffd"),
            letter.body,
            letter.complete,
        )
        for content, letter in ordered
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return bool(await conn.fetch(QUERIES.keep_dead_letters.sql, *columns, DEAD_LETTERS))


async def kept(conn: asyncpg.Connection, letters: Iterable[DeadLetter]) -> set[bytes]:
    """Return the contents among those of *letters* that are kept already."""
    contents = list({letter.content for letter in letters})
    return {row["content"] for row in await conn.fetch(QUERIES.kept_letters.sql, contents)}


def _storable(word: str | None) -> str | None:
    """PostgreSQL keeps no NUL in texts, and nobody reads a name of a megabyte; the body has it all."""
    return None if word is None else word.replace("\0", "\ufffd")[:LONGEST_WORD]


async def page(conn: asyncpg.Pool, after: int, state: str | None, most: int) -> list[asyncpg.Record]:
    """Return a page, oldest first, without bodies."""
    rows: list[asyncpg.Record] = await conn.fetch(QUERIES.dead_letters.sql, after, state, most)
    return rows


async def kinds(conn: asyncpg.Pool) -> list[tuple[str, str]]:
    """Return every source and type that letters have."""
    return [(row["source"], row["type"]) for row in await conn.fetch(QUERIES.letter_kinds.sql)]


async def page_of(
    conn: asyncpg.Pool,
    after: int,
    state: str | None,
    most: int,
    sender: tuple[str, Iterable[str]],
    kinds: Iterable[tuple[str, str]],
) -> list[asyncpg.Record]:
    """Return a page of the letters of *sender*, a client and the origins where it is one, or of one of *kinds*."""
    sources, types = zip(*kinds, strict=True) if kinds else ((), ())
    client, origins = sender
    rows: list[asyncpg.Record] = await conn.fetch(
        QUERIES.own_letters.sql, after, state, client, list(origins), sources, types, most
    )
    return rows


async def one(conn: asyncpg.Pool, number: int) -> asyncpg.Record | None:
    """Return one with its body."""
    return await conn.fetchrow(QUERIES.dead_letter.sql, number)


async def mark_replayed(conn: asyncpg.Pool, number: int) -> None:
    """Its event was taken."""
    await conn.execute(QUERIES.mark_replayed.sql, number)
