"""Work that goes on for ever beside answering: it goes on after a failure, or its process ends and is started again."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import structlog

from services.kit import metrics
from services.kit.failures import Disposition, disposition_of

log = structlog.get_logger()

AFTER_FAILURE_S = 2.0
STUCK = 70
"""Exit status of a process whose work has ended, or no longer reads although there is something to read."""


async def keep(name: str, work: Callable[[], Awaitable[bool]], idle_s: float = 0.5) -> None:
    """Do *work* for ever: again at once while it finds something to do, else after a pause."""
    while True:
        try:
            pause = 0.0 if await work() else idle_s
        except Exception as exc:
            note_failure(name, exc)
            pause = AFTER_FAILURE_S
        await asyncio.sleep(pause)


def note_failure(name: str, exc: Exception) -> None:
    """Count and log a failure of work that is tried again: as an error what only people can mend."""
    disposition = disposition_of(exc)
    metrics.WORK_FAILURES.labels(name, disposition.name.lower()).inc()
    if disposition in (Disposition.LOOK_AGAIN, Disposition.WAIT):
        log.warning("work.postponed", work=name, error=type(exc).__name__)
    else:
        log.error("work.failed", work=name, exc_info=exc)


def end_with(work: asyncio.Task[None]) -> None:
    """End the process when *work*, which should go on for ever, fails: alive and idle it would be missed by nobody."""

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (exc := task.exception()) is not None:
            log.error("work.ended", exc_info=exc)
            os._exit(STUCK)

    work.add_done_callback(ended)
