"""
The use case: submissions in, one outcome for each item out.

One transaction stores a group of submissions; what it places goes to Kafka after the commit, and only the
acknowledgement makes it accepted. A crash in between loses nothing: the sender was not answered, its retry meets the
claims and is written to the log again, where the fold counts it once. Registrations are owed to the log by the outbox
as well, because other events are let through on their strength.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from services.ingest import metrics
from services.ingest.admission import CONFLICT, discarded
from services.ingest.deciding import Decided, First, decide, first_of_each
from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.domain.identity import Identity
from services.ingest.domain.parking import Resolution, Waiting
from services.ingest.domain.routing import LogRecord
from services.ingest.log import Log, Position
from services.ingest.quotas import Identities, Quotas
from services.ingest.registered import RegisteredSubjects
from services.ingest.rejections import Rejected, letters_of, with_room
from services.ingest.sealed.keeping import SealedStore
from services.ingest.sealed.seal import is_rating
from services.ingest.store import dead_letters, intake
from services.ingest.submission import Outcome, Parked, Sealed, Submission
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


class Intake:
    """Stores groups of submissions in *pool*, within *quotas*, and writes them to *log*."""

    def __init__(
        self, pool: asyncpg.Pool, log: Log, known: RegisteredSubjects, quotas: Quotas, sealed: SealedStore
    ) -> None:
        self._pool, self._log, self._known, self._quotas, self._sealed = pool, log, known, quotas, sealed
        self._identities = Identities(quotas.identities_a_day)

    async def store(self, group: Sequence[Submission]) -> Stored:
        """Decide on every item of *group* in one transaction. Raises Unavailable; then nothing is stored."""
        began = time.perf_counter()
        firsts = first_of_each(group)
        registering = any(first.item.registration for first in firsts.values())
        async with transaction(self._pool) as conn:
            await intake.lock(conn, registering=registering)
            ratings = [identity for identity, first in firsts.items() if is_rating(first.item)]
            for identity in await self._sealed.taken(conn, ratings) if ratings else ():
                del firsts[identity]
            needs = (first.item.needs for first in firsts.values())
            directory = await intake.load_directory(conn, needs, self._known)
            decided = await decide(conn, firsts, directory, self._quotas, self._identities)
            crashpoints.reached("ingest.claim")
            stored = Stored(_outcomes(group, firsts, decided))
            await _keep_new(conn, firsts, decided, stored)
            if opened := [identity for identity in ratings if identity in firsts and decided.is_new(identity)]:
                stored.woken |= await self._release_voids(conn, opened)
            stored.woken |= await self._keep_rejected(conn, group, stored)
        crashpoints.reached("ingest.stored")
        self._known.add(directory.subjects)
        metrics.STORE_SECONDS.observe(time.perf_counter() - began)
        metrics.GROUP_ITEMS.observe(sum(len(submission.items) for submission in group))
        return stored

    async def _release_voids(self, conn: asyncpg.Connection, ratings: Sequence[Identity]) -> bool:
        records = await self._sealed.opened(conn, ratings)
        if records:
            await intake.owe(conn, records)
        return bool(records)

    async def _keep_rejected(self, conn: asyncpg.Connection, group: Sequence[Submission], stored: Stored) -> bool:
        rejected = [
            Rejected(outcomes, place, letter)
            for submission, outcomes in zip(group, stored.outcomes, strict=True)
            for place, letter in letters_of(submission, outcomes)
        ]
        kept = await with_room(conn, rejected, self._quotas) if rejected else []
        metrics.DEAD_LETTERS.inc(len(kept))
        return bool(kept) and await dead_letters.keep(conn, kept)

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


def _outcomes(
    group: Sequence[Submission], firsts: Mapping[Identity, First], decided: Decided
) -> list[list[Outcome | LogRecord]]:
    made: dict[Identity, Parked | LogRecord] = {}

    def outcome(item: Candidate | Rejection) -> Outcome | LogRecord:
        if isinstance(item, Rejection):
            return item
        if item.identity not in firsts:
            return Sealed()
        claimed = decided.taken.get(item.identity)
        if item.content != (claimed or firsts[item.identity].item).content:
            return CONFLICT
        if refused := decided.refused.get(item.identity):
            return refused
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
    conn: asyncpg.Connection, firsts: Mapping[Identity, First], decided: Decided, stored: Stored
) -> None:
    new = [first for identity, first in firsts.items() if decided.is_new(identity)]
    waiting = [
        intake.ToPark(item.identity, item.as_sent, placement.need, client, item.within)
        for item, client, _ in new
        if isinstance(placement := decided.placements[item.identity], Waiting)
    ]
    if waiting:
        await intake.park(conn, waiting)
        crashpoints.reached("ingest.park")
    registrations = {item.identity: item.registration for item, _, _ in new if item.registration}
    if registrations:
        await intake.register(conn, registrations)
        stored.woken = await intake.wake(conn, (need for found in registrations.values() for need in found.fulfils))
        records = [item.plain for item, _, _ in new if item.registration]
        stored.owed = await intake.owe(conn, records, grace_s=REGISTRATION_GRACE_S)


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
        if isinstance(outcome, Position):
            topic, partition, offset = outcome
            if offset >= position.get((topic, partition), 0):
                position[topic, partition] = offset + 1
    return position
