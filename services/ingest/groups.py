"""
Group commit: requests that come at the same time share one transaction, so that each need not pay for its own.

What waits here was not answered yet, so a crash loses nothing that was promised.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass

import structlog

from services.ingest.fairness import FairQueue
from services.ingest.intake import Intake, Stored, acknowledged
from services.ingest.release import Release
from services.ingest.submission import Outcome, Submission
from services.kit import crashpoints
from services.kit.errors import Unavailable
from services.kit.supervision import end_with

log = structlog.get_logger()


@dataclass(slots=True)
class _Job:
    submission: Submission
    done: asyncio.Future[list[Outcome]]


class Groups:
    """
    Hands submissions to *intake* in groups of about *most* items, by *writers* transactions at a time, senders in turn.

    A large submission goes alone and leaves one writer to the small ones, so that nobody waits behind somebody else's
    thousands of events.
    """

    def __init__(self, intake: Intake, release: Release, *, writers: int, most: int) -> None:
        self._intake, self._release, self._most = intake, release, most
        self._small: FairQueue[_Job] = FairQueue()
        self._large: FairQueue[_Job] = FairQueue()
        self._more = asyncio.Event()
        self._writers = writers
        self._large_free = max(1, writers - 1)
        self._small_before = False
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

        Raises Unavailable when the database or the log does not answer. May be cancelled at any time: what is not begun
        by then never is, what is begun ends by itself.
        """
        job = _Job(submission, asyncio.get_running_loop().create_future())
        (self._large if self._is_large(job) else self._small).push(submission.client, job)
        self._more.set()
        return await job.done

    def _is_large(self, job: _Job) -> bool:
        return len(job.submission.items) > self._most // 4

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        end_with(task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write_groups(self) -> None:
        while True:
            await self._more.wait()
            if large := self._next_large():
                await self._store_large(large)
            elif group := self._next_group():
                await self._store(group)
            elif not self._small and not (self._large and self._large_free):
                self._more.clear()

    async def _store_large(self, job: _Job) -> None:
        self._large_free -= 1
        try:
            await self._store([job])
        finally:
            self._large_free += 1
            self._more.set()

    def _next_large(self) -> _Job | None:
        """Return a large submission, in turn with small ones and while a writer is free for it."""
        if not self._large_free or (self._small and not self._small_before):
            return None
        while self._large:
            job = self._large.pop()
            if not job.done.done():
                self._small_before = False
                return job
        return None

    def _next_group(self) -> list[_Job]:
        group: list[_Job] = []
        items = 0
        while self._small and (not group or items + len(self._small.peek().submission.items) <= self._most):
            job = self._small.pop()
            if not job.done.done():
                group.append(job)
                items += len(job.submission.items)
        self._small_before = True
        return group

    async def _store(self, group: Sequence[_Job]) -> None:
        try:
            stored = await self._intake.store([job.submission for job in group])
        except Unavailable as exc:
            _fail(group, exc)
        except Exception as exc:
            await self._store_alone(group, exc)
        else:
            if stored.woken:
                self._release.poke()
            self._spawn(self._write(group, stored))

    async def _store_alone(self, group: Sequence[_Job], exc: Exception) -> None:
        """Whatever is wrong with one submission must not hit those that happened to share its transaction."""
        if len(group) == 1:
            _fail(group, exc)
            return
        log.warning("intake.group_split", submissions=len(group), error=type(exc).__name__)
        for job in group:
            await self._store([job])

    async def _write(self, group: Sequence[_Job], stored: Stored) -> None:
        try:
            all_outcomes = await self._intake.write(stored)
        except Exception as exc:  # a bug: whoever waits shall hear of it now and not by running out of time
            _fail(group, exc)
            return
        for job, outcomes in zip(group, all_outcomes, strict=True):
            try:
                complete = acknowledged(outcomes)
            except Unavailable as exc:
                _fail([job], exc)
            else:
                if not job.done.done():
                    job.done.set_result(complete)
        if stored.owed and all(outcome is not None for outcomes in all_outcomes for outcome in outcomes):
            await self._settle(stored.owed)

    async def _settle(self, owed: Sequence[int]) -> None:
        crashpoints.reached("ingest.settle")
        try:
            await self._intake.settle(owed)
        except Unavailable:
            log.warning("intake.settle_postponed", records=len(owed))


def _fail(group: Sequence[_Job], exc: Exception) -> None:
    for job in group:
        if not job.done.done():
            job.done.set_exception(exc)
