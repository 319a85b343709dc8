"""
Simulations at work: small ones are waited for, large ones go on in the background and are asked about by their id.

Each works in one snapshot from beginning to end; a second request for the same at the same position joins the first.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import rfc8785

from schemas.policy.identity import sha256_of
from schemas.policy.model import Policy
from schemas.problems import Problem, Problems
from services.kit.errors import Unavailable
from services.kit.supervision import note_failure
from services.scoring.domain.changes import Span
from services.scoring.domain.directory import Directory
from services.scoring.evaluation.governing import with_sha256
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.simulation import Trial
from services.scoring.reading.answers import Answers, Snapshot, Unknown
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.lab import Lab, Simulated

MOST_CASES = 5_000
"""Of a simulation that is waited for."""
MOST_AT_ONCE, MOST_WAITING = 2, 20
"""Simulations that are counted or waited for, and further ones that wait for their turn."""
MOST_RUNNING = 2
"""In the background."""
MOST_KEPT, MOST_KEPT_ROWS = 16, 600_000
"""Answers that can still be fetched, and the people in them."""


@dataclass(frozen=True, slots=True)
class SimulationQuestion:
    """
    What is asked: *request* as it was sent; a *document* or the hash of one.

    *unit* None: everybody.
    """

    request: dict[str, Any]
    document: Policy | None
    sha256: str | None
    unit: str | None
    periods: tuple[Period, ...]
    known_at: datetime | None
    people: bool


@dataclass(eq=False)
class Job:
    """One simulation: how far it is, and its result once it is done; *is_large*: it is not waited for."""

    asked: SimulationQuestion
    id: str = ""
    state: str = "running"
    of: int = 0
    is_large: bool = False
    done: int = 0
    result: Simulated | None = None
    decided: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, done: int) -> None:
        """Take in how many cases were looked at."""
        self.done = done

    @property
    def rows(self) -> int:
        """How many people the result names."""
        return len(self.result.people or ()) if self.result is not None else 0


class Simulations:
    """All simulations of a process; *most_cases*: of one that is waited for."""

    def __init__(self, answers: Answers, most_cases: int = MOST_CASES) -> None:
        self._answers = answers
        self._most_cases = most_cases
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiting = 0
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._tasks: set[asyncio.Task[Job]] = set()

    def job(self, job_id: str) -> Job | None:
        """Return a large simulation that runs, or whose answer is kept."""
        return self._jobs.get(job_id)

    async def simulate(self, asked: SimulationQuestion) -> Job:
        """
        Return a simulation that is done, or a large one that goes on by itself.

        Raises Unknown, Refused, Unavailable, and Problems with pointers into the request.
        """
        async with self._answers.snapshot() as here:
            position = here.position
        known = self._same(await asyncio.to_thread(_id, asked, position))
        if known is not None:
            return known
        async with self._turn():
            return await self._decided(Job(asked))

    def _same(self, job_id: str) -> Job | None:
        found = self._jobs.get(job_id)
        return None if found is None or found.state == "failed" else found

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise Unavailable("Too many simulations wait for their turn right now; ask again in a moment.")
        self._waiting += 1
        try:
            async with self._turns:
                yield
        finally:
            self._waiting -= 1

    async def _decided(self, job: Job) -> Job:
        """Return the job once it is done or known to be large; nobody waits any more: it ends."""
        task = asyncio.create_task(self._work(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        deciding = asyncio.create_task(job.decided.wait())
        try:
            await asyncio.wait({task, deciding}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            deciding.cancel()
            if not job.is_large and not task.done():
                task.cancel()
        return job if job.is_large else task.result()

    async def _work(self, job: Job) -> Job:
        try:
            async with self._answers.snapshot() as here:
                return await self._worked(job, here)
        except Exception as exc:
            job.state = "failed"
            if not job.is_large:
                raise
            note_failure("simulation", exc)
            self._forget()
            return job

    async def _worked(self, job: Job, here: Snapshot) -> Job:
        lab = Lab(here, *await _prepared(job.asked, here))
        await lab.begin()
        if await lab.count(self._most_cases) > self._most_cases:
            job.id = await asyncio.to_thread(_id, job.asked, here.position)
            if (known := self._same(job.id)) is not None:
                return known
            self._keep(job)
            job.of = await lab.count()
        job.result = await lab.simulated(job.note)
        job.state, job.of = "done", job.done
        self._forget()
        return job

    def _keep(self, job: Job) -> None:
        """Let a large one go on by itself. Raises Unavailable while too many do."""
        if sum(each.state == "running" for each in self._jobs.values()) >= MOST_RUNNING:
            raise Unavailable("Other large simulations are running; ask again when they are done.")
        self._jobs.pop(job.id, None)
        self._jobs[job.id] = job
        job.is_large = True
        job.decided.set()

    def _forget(self) -> None:
        """Drop the oldest answers that are more than can be kept."""
        ended = [each for each in self._jobs.values() if each.state != "running"]
        rows = sum(each.rows for each in ended)
        for place, job in enumerate(ended[:-1]):
            if len(ended) - place <= MOST_KEPT and rows <= MOST_KEPT_ROWS:
                break
            rows -= job.rows
            del self._jobs[job.id]

    async def close(self) -> None:
        """End all that runs."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _id(asked: SimulationQuestion, position: dict[str, int]) -> str:
    return hashlib.sha256(rfc8785.dumps([asked.request, position])).hexdigest()[:32]


async def _prepared(asked: SimulationQuestion, here: Snapshot) -> tuple[Directory, Trial, datetime | None]:
    """Return the directory of the moment that is asked for and what is tried. Raises Unknown and Problems."""
    if asked.unit is not None and asked.unit not in here.directory.codes:
        raise Unknown(f"There is no unit {asked.unit}; GET /v1/units lists them.")
    trial = Trial(await _policy(asked, here.directory), asked.unit, asked.periods, asked.people)
    if asked.known_at is None:
        return here.directory, trial, None
    span = Span(asked.periods[0].first, asked.periods[-1].last)
    return await AsOf(here.conn, asked.known_at, span).directory(), trial, asked.known_at


async def _policy(asked: SimulationQuestion, directory: Directory) -> GoverningPolicy:
    if asked.document is not None:
        return GoverningPolicy(asked.document, await asyncio.to_thread(sha256_of, asked.document), simulated=True)
    assert asked.sha256 is not None
    found = await asyncio.to_thread(with_sha256, directory.policies, asked.sha256)
    if found is None:
        raise Problems([Problem("/sha256", "no policy has this hash; GET /v1/policies lists them")])
    return GoverningPolicy(found, asked.sha256, simulated=True)
