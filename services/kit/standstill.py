"""Which partitions stand still, and why: kept, counted and told in one place."""

from collections.abc import Collection

import structlog
from aiokafka import TopicPartition

from services.kit import metrics
from services.kit.errors import LogTruncated
from services.kit.failures import Disposition, disposition_of

log = structlog.get_logger()

PATIENCE = 3
"""Attempts that may fail for a server's absence before a partition stands still by it."""


class Standstill:
    """*failing* partitions, whose batch cannot be folded, and *truncated* ones, whose log is not what was folded."""

    def __init__(self, group: str) -> None:
        self._group = group
        self.failing: set[TopicPartition] = set()
        self.truncated: set[TopicPartition] = set()
        metrics.FOLD_FAILING.labels(group).set_function(lambda: len(self.failing | self.truncated))
        self._fence_rejects = metrics.FENCE_REJECTS.labels(group)

    def __bool__(self) -> bool:
        return bool(self.failing or self.truncated)

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Partitions that are somebody else's now."""
        self.failing -= set(partitions)
        self.truncated -= set(partitions)

    def note(self, exc: Exception, attempt: int, partitions: Collection[TopicPartition]) -> Disposition:
        """Log a failure, count it, and remember which of these partitions stand still by it."""
        disposition = disposition_of(exc)
        metrics.FOLD_FAILURES.labels(self._group, disposition.name.lower()).inc()
        told = {"partitions": sorted(f"{tp.topic}/{tp.partition}" for tp in partitions), "attempt": attempt}
        match disposition:
            case Disposition.LOOK_AGAIN:
                self._fence_rejects.inc()
                log.warning("fold.fenced", **told)
            case Disposition.WAIT:
                self.failing |= set(partitions) if attempt >= PATIENCE else set()
                log.warning("fold.postponed", error=type(exc).__name__, **told)
            case Disposition.STAND_STILL if isinstance(exc, LogTruncated):
                self.truncated |= exc.places & set(partitions)
                log.error("fold.log_truncated", problem=str(exc), attempt=attempt)
            case _:
                self.failing |= set(partitions)
                log.error("fold.failed", exc_info=exc, **told)
        return disposition
