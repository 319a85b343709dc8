"""The table: one row per budget, and what else was measured on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

from rich.console import Console
from rich.table import Table

Better = Literal["more", "less", "either"]


@dataclass(frozen=True, slots=True)
class Row:
    """
    What was measured, in several *runs*, against a *limit* that the median must reach (`more`) or stay under (`less`).

    Without a *limit* it is there for comparison. *reason* is what was measured beside it and says where the time went;
    it is shown when the budget is not met, or always with *tell*.
    """

    what: str
    runs: Sequence[float]
    unit: str
    limit: float | None = None
    better: Better = "more"
    reason: str = ""
    tell: bool = False
    digits: int = 0

    @property
    def middle(self) -> float:
        return median(self.runs)

    @property
    def met(self) -> bool | None:
        """Whether the budget is met; None where there is none."""
        if self.limit is None:
            return None
        return self.middle >= self.limit if self.better == "more" else self.middle <= self.limit

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """What, budget, measured, met, why."""
        sign = "≥" if self.better == "more" else "≤"
        budget = "-" if self.limit is None else f"{sign} {self._number(self.limit)} {self.unit}"
        met = {None: "-", True: "yes", False: "NO"}[self.met]
        why = self.reason if self.tell or self.met is False else ""
        return self.what, budget, self._measured(), met, why

    def _measured(self) -> str:
        text = f"{self._number(self.middle)} {self.unit}"
        if len(self.runs) > 1:
            text += f" ({self._number(min(self.runs))}..{self._number(max(self.runs))}, {len(self.runs)} runs)"
        return text

    def _number(self, value: float) -> str:
        return f"{value:,.{self.digits}f}"


HEADINGS = ("what", "budget", "measured", "met?", "why")


@dataclass
class Report:
    """Collects rows and notes; shows each row as soon as it is there."""

    console: Console = field(default_factory=Console)
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, text: str) -> None:
        """Say what is going on."""
        self.console.print(f"[dim]{text}[/dim]", highlight=False)

    def add(self, row: Row) -> None:
        """Take in a row."""
        self.rows.append(row)
        what, budget, measured, met, why = row.cells
        against = f", budget {budget}: {met}" if row.limit is not None else ""
        self.console.print(f"{what}: {measured}{against}" + (f" [dim]({why})[/dim]" if why else ""), highlight=False)

    def note(self, text: str) -> None:
        """Take in a sentence that stands below the table."""
        self.notes.append(text)

    def show(self, machine: Mapping[str, str]) -> None:
        """Print the machine, the table and the notes."""
        table = Table(title="Kinerja, measured", show_lines=True)
        for heading in HEADINGS:
            table.add_column(heading, overflow="fold")
        for row in self.rows:
            table.add_row(*row.cells, style={None: "", True: "green", False: "red"}[row.met])
        for name, value in machine.items():
            self.console.print(f"{name}: {value}", highlight=False)
        self.console.print(table)
        for note in self.notes:
            self.console.print(f"- {note}", highlight=False)

    def write(self, path: Path, machine: Mapping[str, str]) -> None:
        """Write the same as Markdown."""
        lines = [f"- {name}: {value}" for name, value in machine.items()]
        lines += ["", _line(HEADINGS), _line(["---"] * len(HEADINGS))]
        lines += [_line(row.cells) for row in self.rows]
        lines += ["", *(f"- {note}" for note in self.notes)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that *share* of the values do not exceed: the p99 at 0.99."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
