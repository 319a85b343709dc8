"""
Group commit: requests that come at the same time share one transaction, so that each need not pay for its own.

Clients get turns in a circle, and a large request goes through in parts between which others get theirs. What waits
here was not answered yet, so a crash loses nothing that was promised.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field

import structlog

from services.ingest.fair import FairQueue
from services.ingest.intake import Intake, Stored, acknowledged
from services.ingest.release import Release
from services.ingest.submission import Outcome, Submission
from services.kit import crashpoints
from services.kit.errors import Unavailable
from services.kit.failures import is_away
from services.kit.supervision import end_with

log = structlog.get_logger()


@dataclass(slots=True)
class _Job:
    """A submission; *begun* of its items are in a transaction or through it, *outcomes* are those of parts written."""

    submission: Submission
    done: asyncio.Future[list[Outcome]]
    begun: int = 0
    outcomes: dict[int, list[Outcome]] = field(default_factory=dict)

    @property
    def left(self) -> int:
        return len(self.submission.items) - self.begun

    def next_part(self, most: int) -> "_Part":
        first, self.begun = self.begun, min(self.begun + most, len(self.submission.items))
        whole = first == 0 and not self.left
        return _Part(self, first, self.submission if whole else self.submission.part(first, self.begun))

    def finish(self, first: int, outcomes: list[Outcome]) -> None:
        """Keep the outcomes of a part; with the last one the submission is done."""
        self.outcomes[first] = outcomes
        if not self.done.done() and sum(map(len, self.outcomes.values())) == len(self.submission.items):
            self.done.set_result([outcome for at in sorted(self.outcomes) for outcome in self.outcomes[at]])

    def fail(self, exc: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(exc)


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a job shares one transaction, from its item *first* on."""

    job: _Job
    first: int
    submission: Submission


class Groups:
    """
    Hands submissions to *intake* in groups of at most *most* items, by *writers* transactions at a time.

    No submission has more than half of a group, so that there is always room for another's.
    """

    def __init__(self, intake: Intake, release: Release, *, writers: int, most: int) -> None:
        self._intake, self._release = intake, release
        self._most, self._most_of_one = most, max(1, most // 2)
        self._waiting: FairQueue[_Job] = FairQueue()
        self._more = asyncio.Event()
        self._writers = writers
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to work."""
        for _ in range(self._writers):
            self._spawn(self._write_groups())

    async def stop(self) -> None:
        """Stop working; what is under way is not finished."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def take(self, submission: Submission) -> list[Outcome]:
        """
        Return the outcomes of *submission*, all acknowledged or durably parked.

        Its items are taken in order. Raises Unavailable when the database or the log does not answer; some may be
        taken then. May be cancelled at any time: what is not begun by then never is, what is begun ends by itself.
        """
        job = _Job(submission, asyncio.get_running_loop().create_future())
        self._wait(job)
        return await job.done

    def _wait(self, job: _Job) -> None:
        self._waiting.add(job.submission.client, job)
        self._more.set()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        end_with(task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write_groups(self) -> None:
        while True:
            await self._more.wait()
            if group := self._next_group():
                await self._store(group)

    def _next_group(self) -> list[_Part]:
        group: list[_Part] = []
        room = self._most
        while self._waiting:
            job = self._waiting.first()
            size = min(job.left, self._most_of_one)
            if group and size > room:
                break
            self._waiting.pop()
            if not job.done.done():
                group.append(job.next_part(self._most_of_one))
                room -= size
        if not self._waiting:
            self._more.clear()
        return group

    async def _store(self, group: Sequence[_Part]) -> None:
        try:
            stored = await self._intake.store([part.submission for part in group])
        except Exception as exc:
            if is_away(exc):
                _fail(group, exc)
            else:
                await self._store_alone(group, exc)
        else:
            if stored.woken:
                self._release.poke()
            self._spawn(self._write(group, stored))
            for part in group:
                if part.job.left and not part.job.done.done():
                    self._wait(part.job)

    async def _store_alone(self, group: Sequence[_Part], exc: Exception) -> None:
        """Whatever is wrong with one submission must not hit those that happened to share its transaction."""
        if len(group) == 1:
            _fail(group, exc)
            return
        log.warning("intake.group_split", submissions=len(group), error=type(exc).__name__)
        for part in group:
            await self._store([part])

    async def _write(self, group: Sequence[_Part], stored: Stored) -> None:
        try:
            all_outcomes = await self._intake.write(stored)
        except Exception as exc:  # a bug: whoever waits shall hear of it now and not by running out of time
            _fail(group, exc)
            return
        for part, outcomes in zip(group, all_outcomes, strict=True):
            try:
                part.job.finish(part.first, acknowledged(outcomes))
            except Unavailable as exc:
                part.job.fail(exc)
        if stored.owed and all(outcome is not None for outcomes in all_outcomes for outcome in outcomes):
            await self._settle(stored.owed)

    async def _settle(self, owed: Sequence[int]) -> None:
        crashpoints.reached("ingest.settle")
        try:
            await self._intake.settle(owed)
        except Unavailable:
            log.warning("intake.settle_postponed", records=len(owed))


def _fail(group: Sequence[_Part], exc: Exception) -> None:
    for part in group:
        part.job.fail(exc)
