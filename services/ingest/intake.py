"""
The use case: submissions in, one outcome for each item out.

One transaction stores a group of submissions; what it places goes to Kafka after the commit, and only the
acknowledgement makes it accepted. A crash in between loses nothing: the sender was not answered, its retry meets the
claims and is written to the log again, where the fold counts it once. Registrations are owed to the log by the outbox
as well, because other events are let through on their strength.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from services.ingest import metrics
from services.ingest.admission import CONFLICT, discarded
from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.domain.identity import Identity
from services.ingest.domain.parking import Directory, Resolution, Waiting, place
from services.ingest.domain.routing import LogRecord
from services.ingest.known import KnownSubjects
from services.ingest.letters import letters_of
from services.ingest.log import Log, Place
from services.ingest.store import dead_letters, intake
from services.ingest.submission import Outcome, Parked, Submission
from services.kit import crashpoints
from services.kit.errors import Unavailable
from services.kit.postgres import transaction

REGISTRATION_GRACE_S = 15
"""How long the release loop leaves a registration to the request that brought it."""


@dataclass(slots=True)
class Stored:
    """A committed group: what to write for whom."""

    outcomes: list[list[Outcome | LogRecord]]
    owed: list[int] = field(default_factory=list)
    woken: bool = False

    @property
    def records(self) -> list[LogRecord]:
        return [outcome for each in self.outcomes for outcome in each if isinstance(outcome, LogRecord)]


@dataclass(slots=True)
class _Decided:
    """What the transaction has decided on each identity of the group."""

    placements: dict[Identity, Resolution | Waiting] = field(default_factory=dict)
    taken: dict[Identity, intake.Claim] = field(default_factory=dict)


class Intake:
    """Stores groups of submissions in *pool* and writes them to *log*."""

    def __init__(self, pool: asyncpg.Pool, log: Log, known: KnownSubjects) -> None:
        self._pool, self._log, self._known = pool, log, known

    async def store(self, group: Sequence[Submission]) -> Stored:
        """Decide on every item of *group* in one transaction. Raises Unavailable; then nothing is stored."""
        began = time.perf_counter()
        firsts = _first_of_each(group)
        registering = any(found.registration for found in firsts.values())
        async with transaction(self._pool) as conn:
            await intake.lock(conn, registering=registering)
            directory = await intake.load_directory(conn, (found.needs for found in firsts.values()), self._known)
            decided = await _claim(conn, firsts, directory)
            crashpoints.reached("ingest.claim")
            stored = Stored(_outcomes(group, firsts, decided))
            await _keep_new(conn, firsts, decided, stored)
            stored.woken |= await _keep_rejected(conn, group, stored)
        crashpoints.reached("ingest.stored")
        self._known.add(directory.subjects)
        metrics.STORE_SECONDS.observe(time.perf_counter() - began)
        metrics.GROUP_ITEMS.observe(sum(len(submission.items) for submission in group))
        return stored

    async def write(self, stored: Stored) -> list[list[Outcome | None]]:
        """Write what *stored* placed; an outcome is None where the log gave no acknowledgement."""
        began = time.perf_counter()
        places = iter(await self._log.append(stored.records))
        metrics.APPEND_SECONDS.observe(time.perf_counter() - began)
        return [
            [next(places) if isinstance(outcome, LogRecord) else outcome for outcome in outcomes]
            for outcomes in stored.outcomes
        ]

    async def settle(self, owed: Sequence[int]) -> None:
        """Forget the debt of registrations that were acknowledged; the release loop does it if this fails."""
        async with transaction(self._pool) as conn:
            await intake.settle(conn, owed)


def _first_of_each(group: Sequence[Submission]) -> dict[Identity, Candidate]:
    """Return the first candidate of each identity, in order; later ones are its duplicates, or in conflict with it."""
    firsts: dict[Identity, Candidate] = {}
    for submission in group:
        for item in submission.items:
            if isinstance(item, Candidate):
                firsts.setdefault(item.identity, item)
    return firsts


async def _claim(conn: asyncpg.Connection, firsts: dict[Identity, Candidate], directory: Directory) -> _Decided:
    """
    Place the candidates in their order and claim their identities.

    Registrations are claimed first: only one that is new counts for those after it. They run alone, so that claiming
    in two steps cannot wait in a circle.
    """
    decided = _Decided()
    registrations = [found for found in firsts.values() if found.registration]
    decided.taken = await intake.claim(conn, (intake.Claim(r.identity, r.content, {}) for r in registrations))
    for found in firsts.values():
        if found.registration is None:
            decided.placements[found.identity] = place(found.needs, directory)
        else:
            decided.placements[found.identity] = {}
            if found.identity not in decided.taken:
                directory.accept(found.registration)
    others = [found for found in firsts.values() if not found.registration]
    decided.taken |= await intake.claim(
        conn, (_claim_of(found, decided.placements[found.identity]) for found in others)
    )
    return decided


def _claim_of(found: Candidate, placement: Resolution | Waiting) -> intake.Claim:
    return intake.Claim(found.identity, found.content, None if isinstance(placement, Waiting) else placement)


def _outcomes(
    group: Sequence[Submission], firsts: dict[Identity, Candidate], decided: _Decided
) -> list[list[Outcome | LogRecord]]:
    made: dict[Identity, Parked | LogRecord] = {}

    def outcome(item: Candidate | Rejection) -> Outcome | LogRecord:
        if isinstance(item, Rejection):
            return item
        claimed = decided.taken.get(item.identity)
        if item.content != (claimed or firsts[item.identity]).content:
            return CONFLICT
        if claimed is not None and claimed.discarded is not None:
            return discarded(claimed.discarded)
        if item.identity not in made:
            made[item.identity] = _placed(item, claimed, decided.placements[item.identity])
        return made[item.identity]

    return [[outcome(item) for item in submission.items] for submission in group]


def _placed(item: Candidate, claimed: intake.Claim | None, placement: Resolution | Waiting) -> Parked | LogRecord:
    """A retry goes the way of its first try, whatever has been registered since."""
    if claimed is not None:
        return Parked() if claimed.resolution is None else item.record(claimed.resolution)
    return Parked() if isinstance(placement, Waiting) else item.record(placement)


async def _keep_new(
    conn: asyncpg.Connection, firsts: dict[Identity, Candidate], decided: _Decided, stored: Stored
) -> None:
    new = [found for identity, found in firsts.items() if identity not in decided.taken]
    waiting = [
        (found.identity, found.as_sent, placement.need)
        for found in new
        if isinstance(placement := decided.placements[found.identity], Waiting)
    ]
    if waiting:
        await intake.park(conn, waiting)
        crashpoints.reached("ingest.park")
    registrations = {found.identity: found.registration for found in new if found.registration}
    if registrations:
        await intake.register(conn, registrations)
        stored.woken = await intake.wake(conn, (need for found in registrations.values() for need in found.fulfils))
        records = [found.plain for found in new if found.registration]
        stored.owed = await intake.owe(conn, records, grace_s=REGISTRATION_GRACE_S)


async def _keep_rejected(conn: asyncpg.Connection, group: Sequence[Submission], stored: Stored) -> bool:
    letters = [
        letter
        for submission, outcomes in zip(group, stored.outcomes, strict=True)
        for letter in letters_of(submission, outcomes)
    ]
    if not letters:
        return False
    metrics.DEAD_LETTERS.inc(len(letters))
    return await dead_letters.keep(conn, letters)


def acknowledged(outcomes: Sequence[Outcome | None]) -> list[Outcome]:
    """Return *outcomes* when none is missing. Raises Unavailable otherwise: a retry is safe and completes it."""
    complete = [outcome for outcome in outcomes if outcome is not None]
    if len(complete) != len(outcomes):
        raise Unavailable("The event log (Kafka) did not acknowledge every event; send the same again.")
    return complete


def position_of(outcomes: Sequence[Outcome]) -> dict[tuple[str, int], int]:
    """Return, by topic and partition, the offset after the last accepted event."""
    position: dict[tuple[str, int], int] = {}
    for outcome in outcomes:
        if isinstance(outcome, Place):
            key = outcome.topic, outcome.partition
            position[key] = max(position.get(key, 0), outcome.offset + 1)
    return position
