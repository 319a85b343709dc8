"""The journal's prebuilt rows are, byte for byte, what the driver would have written."""

from datetime import date
from io import BytesIO

import asyncpg
import orjson
import pytest
from asyncpg.pgproto.pgproto import UUID

from services.kit import copying
from services.scoring.domain.record import Record, faulty_record, read_record
from services.scoring.folding.journal_copy import COLUMNS, copy_rows, row_of
from services.scoring.folding.journaling import columns_of
from tests.support.event_builders import event, leave, punch, received, service, void

CHAIN = bytes(range(32))
SPECIAL = "é😀\x01\x7f\ufffd{}\\\"',"


def _records() -> list[Record]:
    sent = [
        punch("E1", "2026-03-02T07:30:00+07:00"),
        punch("E1", "1900-01-01T07:30:00+07:00"),
        punch("E1", "2199-12-31T07:30:00+07:00"),
        punch(SPECIAL, "2026-03-02T07:30:00+07:00") | {"id": SPECIAL, "source": SPECIAL},
        punch("x" * 200, "2026-03-02T07:30:00+07:00") | {"padding": "y" * 3_000_000},
        leave("E2", "1900-01-01", "2199-12-31"),
        service("U1", "2026-03-02T08:00:00+07:00", "2026-03-02T08:10:00+07:00", 15, SPECIAL),
        received("U1", "K-1", "2026-03-02T08:00:00+07:00"),
        void(punch("E1", "2026-03-02T07:30:00+07:00")),
        event("employee.registered.v1", "employee:E3", {"effective_from": "2026-01-01"}),
    ]
    payloads = [*map(orjson.dumps, sent), None, b"", b"\x00\xff", b"null", b'{"id": "\\ud800"}', b'{"id": "\\u0000"}']
    read = [read_record(3, 2**40 + n, 1_774_000_000_000 + n, payload) for n, payload in enumerate(payloads)]
    return [*read, read_record(3, 0, 0, payloads[0]), faulty_record(-1, 1, 1, b"", "\x00 \ud800 " * 999)]


def _driver_row(record: Record, duplicate: bool) -> tuple[object, ...]:
    payload = None if duplicate else record.payload
    known = (record.partition, record.offset, record.recorded_at, *columns_of(record))
    return (*known, duplicate, record.fault, payload, CHAIN)


async def _kept(conn: asyncpg.Connection) -> bytes:
    kept = BytesIO()
    await conn.copy_from_query("SELECT * FROM journal ORDER BY ctid", output=kept, format="binary")
    return kept.getvalue()


@pytest.mark.parametrize("duplicate", [False, True])
async def test_rows_are_as_the_driver_would_write_them(scoring_dsn: str, duplicate: bool) -> None:
    records = _records()
    conn = await asyncpg.connect(scoring_dsn)
    try:
        await conn.execute("CREATE TEMP TABLE journal (LIKE scoring.journal)")
        rows = [_driver_row(record, duplicate) for record in records]
        await conn.copy_records_to_table("journal", records=rows, columns=COLUMNS)
        by_driver = await _kept(conn)
        await conn.execute("TRUNCATE journal")
        await copy_rows(conn, [row_of(record, CHAIN, duplicate) for record in records])
        assert await _kept(conn) == by_driver
    finally:
        await conn.close()


async def test_fields_read_back_as_what_they_were(scoring_dsn: str) -> None:
    conn = await asyncpg.connect(scoring_dsn)
    days = [date(1, 1, 1), date(1900, 1, 1), date(1999, 12, 31), date(2000, 1, 1), date(2200, 1, 1), date.max]
    texts = ["", SPECIAL, "NULL", "\\N", "x" * 1_000_000]
    named = [b"", b"\x00", bytes(16)]
    rows = [(d, t, b, UUID(bytes(16)), True) for d in days for t in texts for b in named]
    try:
        await conn.execute("CREATE TEMP TABLE kept (day date, text text, bytea bytea, id uuid, said boolean)")
        built = [
            b"\x00\x05" + copying.day(d) + copying.text(t) + copying.bytea(b) + copying.bytea(i.bytes) + copying.TRUE
            for d, t, b, i, _ in rows
        ]
        await copying.copy_rows(conn, "kept", ("day", "text", "bytea", "id", "said"), built)
        await copying.copy_rows(conn, "kept", ("day", "said"), [b"\x00\x02" + copying.NULL + copying.FALSE])
        found = [tuple(row) for row in await conn.fetch("SELECT * FROM kept ORDER BY ctid")]
        assert found == [*rows, (None, None, None, None, False)]
    finally:
        await conn.close()


@pytest.mark.parametrize("refused", ["\x00", "a\x00b"])
async def test_a_text_that_no_database_keeps_is_refused(scoring_dsn: str, refused: str) -> None:
    conn = await asyncpg.connect(scoring_dsn)
    try:
        await conn.execute("CREATE TEMP TABLE kept (text text)")
        with pytest.raises(asyncpg.CharacterNotInRepertoireError):
            await copying.copy_rows(conn, "kept", ("text",), [b"\x00\x01" + copying.text(refused)])
        assert await conn.fetchval("SELECT count(*) FROM kept") == 0
    finally:
        await conn.close()


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(UnicodeEncodeError):
        copying.text("\ud800")
