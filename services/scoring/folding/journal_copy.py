"""Rows of the journal as PostgreSQL's binary COPY takes them: the bytes that the driver would send, built in one go."""

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct

from services.kit import copying
from services.kit.copying import FALSE, NULL, TRUE
from services.kit.postgres import Connection
from services.scoring.domain.journal_row import EPOCH_MS
from services.scoring.domain.record import Record, identity_of

COLUMNS = (
    "partition",
    "record_offset",
    "recorded_at",
    "identity",
    "type",
    "subject",
    "day",
    "last_day",
    "named",
    "key",
    "supervisor",
    "voids",
    "void_type",
    "duplicate",
    "fault",
    "payload",
    "chain",
)

_HEAD = Struct(">hihiqiq").pack
"""The number of columns, then partition, offset and append time in microseconds since 2000, each after its length."""

_NO_EVENT = NULL * 10
_UUID = b"\x00\x00\x00\x10"
_CHAIN = b"\x00\x00\x00\x20"
_text, _bytea = copying.text, copying.bytea
_day = lru_cache(4096)(copying.day)
_type = lru_cache(256)(copying.text)


def row_of(record: Record, chain: bytes, duplicate: bool) -> bytes:
    """Return a record's row, in the order of COLUMNS; *chain* has 32 bytes."""
    moment = (record.milliseconds - EPOCH_MS) * 1000
    payload, fault = record.payload, record.fault
    return b"".join((
        _HEAD(len(COLUMNS), 2, record.partition, 8, record.offset, 8, moment),
        _event_fields(record),
        TRUE if duplicate else FALSE,
        NULL if fault is None else _text(fault),
        NULL if duplicate or payload is None else _bytea(payload),
        _CHAIN,
        chain,
    ))  # fmt: skip


def _event_fields(record: Record) -> bytes:
    """Return what `columns_of` says of the record, as fields."""
    event, keys = record.event, record.keys
    if event is None:
        return _NO_EVENT
    target = event.voids
    return b"".join((
        NULL if record.identity is None else _UUID + record.identity,
        _type(event.type),
        _text(event.subject),
        NULL if keys.day is None else _day(keys.day),
        NULL if keys.last_day is None else _day(keys.last_day),
        NULL if keys.named is None else _text(keys.named),
        NULL if keys.key is None else _text(keys.key),
        NULL if keys.supervisor is None else _text(keys.supervisor),
        NULL if target is None else _UUID + identity_of(target[2], target[3]),
        NULL if target is None else _text(target[0]),
    ))  # fmt: skip


async def copy_rows(conn: Connection, rows: Iterable[bytes]) -> None:
    """Write rows made by `row_of` into the journal."""
    await copying.copy_rows(conn, "journal", COLUMNS, rows)
