"""What the loading of the demonstration says while it works."""

import time
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.local.console import say
from services.local.demo.wire import second_of


class LoadReport:
    """A bar on a terminal, plain lines elsewhere; from the second *begin* to the second *until* of the story."""

    def __init__(self, begin: int, until: int) -> None:
        self._started = time.monotonic()
        self._begin, self._count = begin, 0
        self._bar = Progress(
            TextColumn("kinerja: {task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=Console(),
            transient=True,
        )
        self._task = self._bar.add_task("loading the demo", total=max(1, until - begin), detail="")

    def __enter__(self) -> Self:
        say("loading the demo: a year of Kecamatan Banyumanik and two dinas ...")
        if self._bar.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def sent(self, count: int, moment: str) -> None:
        """Hear that *count* events are sent, the last one stamped *moment*."""
        self._count = count
        done = second_of(datetime.fromisoformat(moment)) - self._begin
        self._bar.update(self._task, completed=done, detail=f"{count:,} events, {moment[:10]}")

    def closing(self, days: int) -> None:
        """Hear that all facts are folded and *days* days are about to be closed."""
        self._bar.stop()
        say(f"{self._count:,} events sent and folded in {self._elapsed_s:.1f} s; closing {days} days ...")

    def watching(self) -> None:
        """Hear that all days are closed."""
        say(f"all days closed after {self._elapsed_s:.1f} s; waiting for the alerts ...")

    @property
    def _elapsed_s(self) -> float:
        return time.monotonic() - self._started
