"""Fence and journal: the first steps of every fold transaction, the same for facts and directory."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import asyncpg
from asyncpg.pgproto.pgproto import UUID

from services.kit import crashpoints
from services.kit.errors import Fenced
from services.kit.postgres import Connection
from services.scoring.domain.events import Event, decode
from services.scoring.domain.journal_row import NO_EVENT
from services.scoring.domain.record import Record, chained, identity_of
from services.scoring.folding.journal_copy import copy_rows, row_of
from services.scoring.store import queries

Reference = tuple[int, bytes, str, str]
"""Part, identity, type and subject of an event, as a void names it."""

Records = Mapping[int, list[Record]]
"""Records by partition, contiguous and in the order of their offsets; no partition is empty."""


@dataclass(frozen=True, slots=True)
class Effects:
    """
    What a batch changes: by partition the facts that came to count and those that ceased to.

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
    fresh: dict[int, list[Record]] = {partition: [] for partition in batch}
    rows = []
    for partition, records in batch.items():
        for record, chain in zip(records, chains[partition], strict=True):
            duplicate = (partition, record.identity) in known
            if record.identity is not None and not duplicate:
                known.add((partition, record.identity))
                fresh[partition].append(record)
            rows.append(row_of(record, chain, duplicate))
    await copy_rows(conn, rows)
    await _keep_faulty(conn, batch)
    crashpoints.reached("scoring.journal")
    firsts = {partition: records[0].offset for partition, records in batch.items()}
    return await effects_of(conn, fresh, firsts, voided)


async def _fence(conn: Connection, batch: Records) -> dict[int, list[bytes]]:
    partitions = sorted(batch)
    held = {row["partition"]: row["chain"] for row in await queries.hold_partitions(conn, partitions=partitions)}
    chains: dict[int, list[bytes]] = {}
    for partition in partitions:
        chain, chains[partition] = held.get(partition, b""), []
        for record in batch[partition]:
            chain = chained(chain, record)
            chains[partition].append(chain)
    moved = await queries.fence(
        conn,
        partitions=partitions,
        expected=[batch[partition][0].offset for partition in partitions],
        nexts=[batch[partition][-1].offset + 1 for partition in partitions],
        chains=[chains[partition][-1] for partition in partitions],
    )
    if len(moved) != len(partitions):
        raise Fenced(f"of partitions {partitions} only {sorted(row['partition'] for row in moved)} were where expected")
    return chains


async def mentions(conn: Connection, batch: Records) -> tuple[set[tuple[int, bytes]], set[Reference]]:
    """Return which of the batch's events are in the journal already, and what it holds voids of."""
    known: set[tuple[int, bytes]] = set()
    voided: set[Reference] = set()
    for partition, records in batch.items():
        identities = [UUID(record.identity) for record in records if record.identity]
        if identities:
            rows = await queries.mentions(conn, partition=partition, identities=identities)
            for identity, void_type, subject in rows:
                if void_type is None:
                    known.add((partition, identity.bytes))
                else:
                    voided.add((partition, identity.bytes, void_type, subject))
    return known, voided


def columns_of(record: Record) -> tuple[object, ...]:
    """Return what the journal says of a record that its payload decides: identity, type, subject, keys, void."""
    event, keys = record.event, record.keys
    if event is None:
        return NO_EVENT
    target = event.voids
    return (
        record.identity and UUID(record.identity),
        event.type,
        event.subject,
        keys.day,
        keys.last_day,
        keys.named,
        keys.key,
        keys.supervisor,
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
            partitions=[record.partition for record in faulty],
            offsets=[record.offset for record in faulty],
            reasons=[record.fault for record in faulty],
            payloads=[record.payload for record in faulty],
        )


async def effects_of(
    conn: Connection, fresh: Mapping[int, list[Record]], firsts: dict[int, int], voided: set[Reference]
) -> Effects:
    """Tell what comes to count and what ceases to. *voided*: what voids before this batch name."""
    voids = {
        (partition, identity_of(target[2], target[3]), target[0], target[1])
        for partition, records in fresh.items()
        for record in records
        if record.event is not None and (target := record.event.voids) is not None
    }
    dead = voided | voids
    live: dict[int, list[Event]] = {partition: [] for partition in fresh}
    gone: dict[int, list[Event]] = {partition: [] for partition in fresh}
    added: dict[int, list[Event]] = {partition: [] for partition in fresh}
    for partition, records in fresh.items():
        for record in records:
            event = record.event
            assert event is not None
            added[partition].append(event)
            if event.fact is not None and not (
                dead and (partition, record.identity, event.type, event.subject) in dead
            ):
                live[partition].append(event)
    for row in await targets(conn, voids):
        first = firsts[row["partition"]]
        if row["record_offset"] < first <= row["voided_offset"]:
            gone[row["partition"]].append(decode(row["payload"]))
    return Effects(live, gone, added, firsts)


async def targets(conn: Connection, voids: set[Reference]) -> list[asyncpg.Record]:
    """Return what the new voids name, with the offset of the first void of each."""
    if not voids:
        return []
    partitions, identities, types, subjects = zip(*voids, strict=True)
    found: list[asyncpg.Record] = await queries.void_targets(
        conn,
        partitions=partitions,
        identities=[UUID(identity) for identity in identities],
        types=types,
        subjects=subjects,
    )
    return found
