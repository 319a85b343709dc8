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

    def __init__(self, begin: int, until: int, *, again: bool) -> None:
        self._started = time.monotonic()
        self._begin, self._again = begin, again
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
        missing = "what has come since the last time" if self._again else "a year of Kecamatan Banyumanik and two dinas"
        say(f"loading the demo: {missing} ...")
        if self._bar.console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_bar()

    def sent(self, count: int, moment: str) -> None:
        """Hear that *count* events are sent, the last one stamped *moment*."""
        done = second_of(datetime.fromisoformat(moment)) - self._begin
        self._bar.update(self._task, completed=done, detail=f"{count:,} events, {moment[:10]}")

    def folded(self, count: int) -> None:
        """Hear that *count* events are sent and folded."""
        self._end_bar()
        say(f"{count:,} events sent and folded in {self._elapsed_s:.1f} s; closing the days ...")

    def closed(self, days: int) -> None:
        """Hear that *days* days are closed."""
        say(f"{days} days closed after {self._elapsed_s:.1f} s; waiting for the alerts ...")

    def _end_bar(self) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    @property
    def _elapsed_s(self) -> float:
        return time.monotonic() - self._started
