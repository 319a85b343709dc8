"""Fence and journal: the first steps of every fold transaction, the same for facts and directory."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
from asyncpg.pgproto.pgproto import UUID

from services.kit import crashpoints
from services.kit.errors import Fenced
from services.kit.postgres import Connection
from services.scoring.domain.facts import Event, decode
from services.scoring.domain.record import Record, chained, identity_of
from services.scoring.store import queries

_COLUMNS = (
    "part",
    "off",
    "recorded_at",
    "identity",
    "type",
    "subject",
    "day",
    "last_day",
    "named",
    "key",
    "voids",
    "void_type",
    "duplicate",
    "fault",
    "payload",
    "chain",
)

_NO_EVENT = (None,) * 9

Reference = tuple[int, bytes, str, str]
"""Part, identity, type and subject of an event, as a void names it."""

Records = Mapping[int, list[Record]]
"""Records by part, contiguous and in the order of their offsets; no part is empty."""


@dataclass(frozen=True, slots=True)
class Effects:
    """
    What a batch changes: by part the facts that came to count and those that ceased to.

    *added*: every new event of the batch, voids and voided ones included. *firsts*: the batch's first offsets.
    """

    live: dict[int, list[Event]]
    gone: dict[int, list[Event]]
    added: dict[int, list[Event]]
    firsts: dict[int, int]


Journaling = Callable[[Connection, Records], Awaitable[Effects]]
"""Takes a batch into a version of the projections: moves its offsets and returns what the batch changes."""


async def journal(conn: Connection, batch: Records) -> Effects:
    """
    Move the offsets and write the batch down; return what it changes.

    Runs inside the caller's transaction, after its advisory lock. Raises Fenced when the offsets are elsewhere.
    """
    chains = await _fence(conn, batch)
    crashpoints.reached("scoring.fence")
    known, voided = await mentions(conn, batch)
    fresh: dict[int, list[Record]] = {part: [] for part in batch}
    rows = []
    milliseconds, recorded_at = -1, datetime.min.replace(tzinfo=UTC)
    for part, records in batch.items():
        for record, chain in zip(records, chains[part], strict=True):
            duplicate = (part, record.identity) in known
            if record.identity is not None and not duplicate:
                known.add((part, record.identity))
                fresh[part].append(record)
            if record.milliseconds != milliseconds:  # the log stamps many records at once
                milliseconds, recorded_at = record.milliseconds, record.recorded_at
            rows.append(_row(record, recorded_at, chain, duplicate))
    await conn.copy_records_to_table("journal", records=rows, columns=_COLUMNS)
    await _keep_faulty(conn, batch)
    crashpoints.reached("scoring.journal")
    firsts = {part: records[0].off for part, records in batch.items()}
    return await effects_of(conn, fresh, firsts, voided)


async def _fence(conn: Connection, batch: Records) -> dict[int, list[bytes]]:
    parts = sorted(batch)
    held = {row["part"]: row["chain"] for row in await queries.hold_partitions(conn, parts=parts)}
    chains: dict[int, list[bytes]] = {}
    for part in parts:
        chain, chains[part] = held.get(part, b""), []
        for record in batch[part]:
            chain = chained(chain, record)
            chains[part].append(chain)
    moved = await queries.fence(
        conn,
        parts=parts,
        expected=[batch[part][0].off for part in parts],
        nexts=[batch[part][-1].off + 1 for part in parts],
        chains=[chains[part][-1] for part in parts],
    )
    if len(moved) != len(parts):
        raise Fenced(f"of partitions {parts} only {sorted(row['part'] for row in moved)} were where expected")
    return chains


async def mentions(conn: Connection, batch: Records) -> tuple[set[tuple[int, bytes]], set[Reference]]:
    """Return which of the batch's events are in the journal already, and what it holds voids of."""
    named = [(part, UUID(record.identity)) for part, records in batch.items() for record in records if record.identity]
    known: set[tuple[int, bytes]] = set()
    voided: set[Reference] = set()
    if named:
        parts, identities = zip(*named, strict=True)
        for row in await queries.mentions(conn, parts=parts, identities=identities):
            if row["void_type"] is None:
                known.add((row["part"], row["identity"].bytes))
            else:
                voided.add((row["part"], row["identity"].bytes, row["void_type"], row["subject"]))
    return known, voided


def _row(record: Record, recorded_at: datetime, chain: bytes, duplicate: bool) -> tuple[object, ...]:
    return (
        record.part,
        record.off,
        recorded_at,
        *columns_of(record),
        duplicate,
        record.fault,
        None if duplicate else record.payload,
        chain,
    )


def columns_of(record: Record) -> tuple[object, ...]:
    """Return what the journal says of a record that its payload decides: identity, type, subject, keys, void."""
    event, keys = record.event, record.keys
    if event is None:
        return _NO_EVENT
    target = event.voids
    return (
        record.identity and UUID(record.identity),
        event.type,
        event.subject,
        keys.day,
        keys.last_day,
        keys.named,
        keys.key,
        target and UUID(identity_of(target[2], target[3])),
        target and target[0],
    )


async def _keep_faulty(conn: Connection, batch: Records) -> None:
    """What cannot be read is told with its reason; what waits for a newer version is no dead letter."""
    records = (record for listed in batch.values() for record in listed)
    faulty = [record for record in records if record.fault is not None and not record.is_for_later]
    if faulty:
        await queries.add_dead_letters(
            conn,
            parts=[record.part for record in faulty],
            offs=[record.off for record in faulty],
            reasons=[record.fault for record in faulty],
            payloads=[record.payload for record in faulty],
        )


async def effects_of(
    conn: Connection, fresh: Mapping[int, list[Record]], firsts: dict[int, int], voided: set[Reference]
) -> Effects:
    """Tell what comes to count and what ceases to. *voided*: what voids before this batch name."""
    voids = {
        (part, identity_of(target[2], target[3]), target[0], target[1])
        for part, records in fresh.items()
        for record in records
        if record.event is not None and (target := record.event.voids) is not None
    }
    dead = voided | voids
    live: dict[int, list[Event]] = {part: [] for part in fresh}
    gone: dict[int, list[Event]] = {part: [] for part in fresh}
    added: dict[int, list[Event]] = {part: [] for part in fresh}
    for part, records in fresh.items():
        for record in records:
            event = record.event
            assert event is not None
            added[part].append(event)
            if event.fact is not None and not (dead and (part, record.identity, event.type, event.subject) in dead):
                live[part].append(event)
    for row in await targets(conn, voids):
        first = firsts[row["part"]]
        if row["off"] < first <= row["voided_off"]:
            gone[row["part"]].append(decode(row["payload"]))
    return Effects(live, gone, added, firsts)


async def targets(conn: Connection, voids: set[Reference]) -> list[asyncpg.Record]:
    """Return what the new voids name, with the offset of the first void of each."""
    if not voids:
        return []
    parts, identities, types, subjects = zip(*voids, strict=True)
    found: list[asyncpg.Record] = await queries.void_targets(
        conn, parts=parts, identities=[UUID(identity) for identity in identities], types=types, subjects=subjects
    )
    return found
