"""
PostgreSQL's binary COPY format, for callers that know their columns: the driver looks at every value anew.

A row is the number of its columns in two bytes, then its fields in their order. What a function here returns is a whole
field, its length in front, so that fields of values that recur can be kept and a row is joined from them.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import date

from services.kit.postgres import Connection

NULL = b"\xff\xff\xff\xff"
TRUE, FALSE = b"\x00\x00\x00\x01\x01", b"\x00\x00\x00\x01\x00"

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_FIRST_DAY = date(2000, 1, 1).toordinal()


def bytea(value: bytes) -> bytes:
    """Return the field of bytes, or of a uuid given as its 16 bytes."""
    return len(value).to_bytes(4) + value


def text(value: str) -> bytes:
    """Return the field of a text. Raises UnicodeEncodeError for halves of characters, which no text there can hold."""
    encoded = value.encode()
    return len(encoded).to_bytes(4) + encoded


def day(value: date) -> bytes:
    """Return the field of a date."""
    return b"\x00\x00\x00\x04" + (value.toordinal() - _FIRST_DAY).to_bytes(4, signed=True)


async def copy_rows(conn: Connection, table: str, columns: Iterable[str], rows: Iterable[bytes]) -> None:
    """Copy prebuilt rows, each with the named columns, into a table."""
    await conn.copy_to_table(table, source=_stream(rows), columns=list(columns), format="binary")


async def _stream(rows: Iterable[bytes]) -> AsyncIterator[bytes]:
    yield b"".join((_SIGNATURE, *rows, _END))
