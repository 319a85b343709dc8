"""What is written into files comes out of them again as it was, and nothing of it is ever a formula."""

import csv
import io
import json
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from services.scoring.exports.sheets import Format, guarded, sheet, text
from services.scoring.exports.values import Value

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
DANGEROUS = st.builds("".join, st.tuples(st.sampled_from("=+-@"), TEXTS))
VALUES: st.SearchStrategy[Value] = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | TEXTS | DANGEROUS
ROWS = st.lists(st.lists(VALUES, min_size=3, max_size=3), max_size=5)
COLUMNS = ["a", "b", "c"]


def file_of(kind: Format, rows: Sequence[Sequence[Value]]) -> io.BytesIO:
    """A file with these rows."""
    file = io.BytesIO()
    into = sheet(kind, file, COLUMNS, {"export": "scorecards"})
    try:
        for row in rows:
            into.add(row)
    finally:
        into.close()
    file.seek(0)
    return file


@given(ROWS)
@example([['=HYPERLINK("http://x")', "a,b", 'say "yes"']])
@example([["two\nlines", "two\r\nlines", ""]])
def test_csv_is_read_back_and_no_cell_begins_like_a_formula(rows: list[list[Value]]) -> None:
    """By a reader that knows nothing of us, in UTF-8, each line ending in CRLF."""
    content = file_of("csv", rows).getvalue().decode("utf-8")
    found = list(csv.reader(io.StringIO(content, newline=""), strict=True))

    assert content.endswith("\r\n")
    assert found == [COLUMNS, *([guarded(text(value)) for value in row] for row in rows)]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in found for cell in row)


@given(DANGEROUS)
def test_the_apostrophe_is_all_that_is_added(cell: str) -> None:
    """Whoever takes it away has the text."""
    assert guarded(cell) == f"'{cell}"
    assert guarded(guarded(cell)) == guarded(cell)


@settings(max_examples=60, deadline=None)  # a reader of workbooks takes its time
@given(ROWS)
@example([["=1+1", "{=1+1}", "http://example.org"]])
@example([["\uffff", "_x0041_", "a\x00b\r"]])
def test_a_workbook_is_read_back_and_has_texts_alone(rows: list[list[Value]]) -> None:
    """No cell is a formula, a number or a link, whatever it looks like."""
    page = load_workbook(file_of("xlsx", rows)).active
    assert page is not None
    found = [list(row) for row in page.iter_rows(max_col=3, max_row=len(rows) + 1)]

    assert [[unescape(str(cell.value or "")) for cell in row] for row in found] == [
        COLUMNS,
        *([text(value) for value in row] for row in rows),
    ]
    assert all(cell.data_type == "s" and cell.hyperlink is None for row in found for cell in row if cell.value)


@given(ROWS)
def test_json_keeps_every_value_as_it_is(rows: list[list[Value]]) -> None:
    """Also without a row."""
    found = json.loads(file_of("json", rows).getvalue())
    assert found == {"export": "scorecards", "rows": [dict(zip(COLUMNS, row, strict=True)) for row in rows]}


def test_what_no_workbook_can_hold_is_not_left_out_in_silence() -> None:
    """A cell has at most 32,767 letters."""
    with pytest.raises(OverflowError):
        file_of("xlsx", [["x" * 40_000, None, None]])
