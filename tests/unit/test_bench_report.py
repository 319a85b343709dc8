"""The table of measurements says what was measured and whether it is enough."""

from pathlib import Path

import pytest

from tests.bench.report import Report, Row, quantile


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("rate", [1, 9, 10], "events/s", 9), True),
        (Row("rate", [1, 8, 10], "events/s", 9), False),
        (Row("delay", [0.5], "s", 1.0, "less"), True),
        (Row("delay", [1.5], "s", 1.0, "less"), False),
        (Row("for comparison", [5], "events/s"), None),
    ],
)
def test_the_median_decides_whether_a_budget_is_met(row: Row, met: bool | None) -> None:
    """At least the limit where more is better, at most where less is; no verdict without a limit."""
    assert row.met is met


def test_a_reason_stands_beside_what_is_not_met_and_beside_what_always_tells() -> None:
    """Why a budget is missed is part of the answer."""
    assert Row("rate", [1], "/s", 2, reason="the disk").cells[4] == "the disk"
    assert Row("rate", [3], "/s", 2, reason="the disk").cells[4] == ""
    assert Row("rate", [3], "/s", 2, reason="the disk", tell=True).cells[4] == "the disk"


def test_the_markdown_has_the_machine_the_rows_with_spread_and_the_notes(tmp_path: Path) -> None:
    """What is printed can be kept."""
    report = Report(rows=[Row("fold", [40_000, 45_000, 41_000], "events/s", 40_000)], notes=["a note"])
    report.write(tmp_path / "table.md", {"disk": "slow"})
    text = (tmp_path / "table.md").read_text()
    assert "- disk: slow" in text
    assert "| fold | ≥ 40,000 events/s | 41,000 events/s (40,000..45,000, 3 runs) | yes |  |" in text
    assert "- a note" in text


def test_the_99th_percentile_leaves_out_one_in_a_hundred() -> None:
    """Of 1..1000 it is the 991st value, and of a single value that value."""
    assert quantile(range(1, 1001), 0.99) == 991
    assert quantile([7], 0.99) == 7
