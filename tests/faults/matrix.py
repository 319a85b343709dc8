"""The matrix: every place times every seed on one bed, told while it runs and as a table in the end."""

import time
from collections.abc import AsyncIterator, Sequence

from rich.console import Console
from rich.table import Table

from tests.faults.matrix_bed import Bed
from tests.faults.matrix_cell import Cell, calm, run_cell
from tests.faults.matrix_points import Point
from tests.faults.matrix_state import State


async def run_matrix(bed: Bed, points: Sequence[Point], seeds: Sequence[int]) -> AsyncIterator[Cell]:
    """Yield the cells, seed by seed; before those of a seed its calm run, against which they are compared."""
    for seed in seeds:
        expected: State | None = None
        for point in points:
            expected = expected or await calm(bed, seed)
            yield await run_cell(bed, point, seed, expected)


def line(cell: Cell) -> str:
    """One cell in a line, with the first things that are wrong."""
    verdict = cell.verdict
    told = f"{cell.point.name:<24} seed {cell.seed}  arrival {cell.arrival:<3} {cell.seconds:5.1f} s  "
    if not cell.failed:
        return told + f"ok, {verdict.repeated} repeated"
    wrong = [cell.broken] if cell.broken else [*verdict.lost[:3], *verdict.doubled[:3]]
    counts = f"{len(verdict.lost)} lost, {len(verdict.doubled)} doubled"
    return "\n    ".join([f"{told}FAILED: {counts}; see {cell.evidence}", *map(str, wrong)])


def table(cells: Sequence[Cell], began: float) -> Table:
    """The matrix: a row for each place, a column for each seed, and what was lost, doubled and repeated."""
    seeds = sorted({cell.seed for cell in cells})
    shown = Table(title="Killed by SIGKILL at a named place, restarted, compared with the oracle")
    shown.add_column("place")
    for seed in seeds:
        shown.add_column(f"seed {seed}", justify="center")
    for name in ("lost", "doubled", "repeated", "restated", "seconds"):
        shown.add_column(name, justify="right")
    for point in dict.fromkeys(cell.point for cell in cells):
        row = [cell for cell in cells if cell.point == point]
        shown.add_row(point.name, *(_mark(cell) for cell in row), *_sums(row))
    shown.add_section()
    shown.add_row(f"{len(cells)} cells", *("" for _ in seeds), *_sums(cells))
    shown.caption = f"{sum(cell.failed for cell in cells)} failed; {time.monotonic() - began:.0f} s in all"
    return shown


def _mark(cell: Cell) -> str:
    if cell.broken:
        return "broken"
    return "WRONG" if cell.failed else "ok"


def _sums(cells: Sequence[Cell]) -> list[str]:
    verdicts = [cell.verdict for cell in cells]
    return [
        str(sum(len(verdict.lost) for verdict in verdicts)),
        str(sum(len(verdict.doubled) for verdict in verdicts)),
        str(sum(verdict.repeated for verdict in verdicts)),
        str(sum(verdict.restated for verdict in verdicts)),
        f"{sum(cell.seconds for cell in cells):.0f}",
    ]


def report(cells: Sequence[Cell], began: float) -> None:
    """Print the table."""
    Console(width=None if Console().is_terminal else 140).print(table(cells, began))
