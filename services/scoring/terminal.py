"""What the tools of scoring share on a terminal: how numbers and partitions are written, and the bar of progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

Told = Callable[[int], None]
"""Told how many records were done since it was last told."""


def number(value: int) -> str:
    """Write a number with points between thousands. Example: 1234567 -> 1.234.567"""
    return f"{value:,}".replace(",", ".")


class _Rate(ProgressColumn):
    """Records a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{number(int(task.speed or 0))} rekaman/s")


@contextmanager
def progress(what: str, total: int) -> Iterator[Told]:
    """Show a bar with rate and time left on a terminal; elsewhere nothing, so that the report can be filed."""
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)
