"""Rows written as CSV, XLSX or JSON into a file, one by one: nothing grows with their number but the file."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import IO, Any, Literal, Protocol

import orjson
import xlsxwriter

from services.scoring.exports.values import Value

Format = Literal["csv", "xlsx", "json"]
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_FORMULA = ("=", "+", "-", "@")
"""How a text begins that spreadsheets would take for a formula."""


class Sheet(Protocol):
    """Takes rows in order."""

    def add(self, row: Sequence[Value]) -> None:
        """Write a row below the last."""

    def close(self) -> None:
        """Write what belongs to the end; the file stays open."""


def sheet(kind: Format, file: IO[bytes], columns: Sequence[str], about: Mapping[str, Any]) -> Sheet:
    """Return what writes rows of these columns into a file; *about*: what JSON says beside them."""
    if kind == "csv":
        return CsvSheet(file, columns)
    return XlsxSheet(file, columns) if kind == "xlsx" else JsonSheet(file, columns, about)


def text(value: Value) -> str:
    """Write a value as a cell: nothing for None, and words for yes and no."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


class CsvSheet:
    """RFC 4180 in UTF-8: a heading, CRLF, quotation marks where they are needed."""

    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        self._rows = csv.writer(self._text, lineterminator="\r\n")
        self.add(columns)

    def add(self, row: Sequence[Value]) -> None:
        """Write a row below the last."""
        self._rows.writerow([guarded(text(each)) for each in row])

    def close(self) -> None:
        """Write what is still held; the file stays open."""
        self._text.detach()


class XlsxSheet:
    """A workbook with one sheet, all cells texts: none is ever a formula."""

    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True})
        self._page = self._book.add_worksheet()
        self._next = 0
        self.add(columns)

    def add(self, row: Sequence[Value]) -> None:
        """Write a row below the last. Raises OverflowError for what no workbook can hold."""
        for number, each in enumerate(row):
            if each is not None and self._page.write_string(self._next, number, text(each)) != 0:
                raise OverflowError("a workbook has at most 1,048,576 rows, and 32,767 letters in a cell")
        self._next += 1

    def close(self) -> None:
        """Write the workbook; the file stays open."""
        self._book.close()


class JsonSheet:
    """An object with what the rows are about, and the rows by column."""

    def __init__(self, file: IO[bytes], columns: Sequence[str], about: Mapping[str, Any]) -> None:
        self._file, self._columns = file, columns
        self._before = orjson.dumps(dict(about)).removesuffix(b"}") + b',"rows":['

    def add(self, row: Sequence[Value]) -> None:
        """Write a row below the last."""
        self._file.write(self._before + orjson.dumps(dict(zip(self._columns, row, strict=True))))
        self._before = b","

    def close(self) -> None:
        """Write the end; the file stays open."""
        self._file.write((b"" if self._before == b"," else self._before) + b"]}")
