"""A log that grows, for tests that count what one more event costs after years."""

from datetime import date, timedelta

from services.scoring.domain.record import Record
from services.scoring.store.directory_state import DirectoryState
from services.scoring.worker import Projector
from tests.support.folding import Scoring, as_log
from tests.support.oracle import Event

BEGIN = date(2021, 1, 1)
FIVE_YEARS = [str(BEGIN + timedelta(days=day)) for day in range(1_825)]


class Growing:
    """A log that grows, folded and drained by one worker; what is noted for publication is looked at and removed."""

    def __init__(self, scoring: Scoring) -> None:
        self.scoring = scoring
        self.state = DirectoryState()
        self.worker = Projector(scoring.pool, scoring.partitions, self.state)
        self._events: list[Event] = []

    async def begin(self, *events: Event) -> None:
        """Fold the first events and forget what they changed."""
        await self.worker.prepare()
        await self.add(*events)
        await self.drain()
        await self.changed()

    def records(self, *events: Event) -> dict[int, list[Record]]:
        """More events as records of the log."""
        known = as_log(self._events, self.scoring.partitions)
        self._events += events
        log = as_log(self._events, self.scoring.partitions)
        return {partition: records[len(known.get(partition, ())) :] for partition, records in log.items()}

    async def fold(self, log: dict[int, list[Record]]) -> None:
        """Fold records, those of the directory first."""
        for partition in sorted(log):
            if log[partition]:
                await self.worker.fold_records({partition: log[partition]})

    async def add(self, *events: Event) -> None:
        """Fold more events."""
        await self.fold(self.records(*events))

    async def drain(self) -> int:
        """Recompute all that waits; how many steps that took."""
        steps = 0
        while await self.worker.drain():
            steps += 1
        return steps

    async def changed(self) -> list[tuple[str, str, str | None]]:
        """What was noted since the last time: units with their day, or first and last day."""
        rows = await self.scoring.pool.fetch("DELETE FROM measure_outbox RETURNING unit, day::text, last::text")
        return sorted({tuple(row) for row in rows}, key=str)

    async def waiting(self) -> dict[str, int]:
        """How many rows of each kind of work wait."""
        rows = await self.scoring.pool.fetch("SELECT kind, count(*) FROM recompute_queue GROUP BY kind")
        return {row["kind"]: row["count"] for row in rows}
