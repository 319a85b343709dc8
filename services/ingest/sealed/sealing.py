"""
How answers of peers and subordinates, and voids of ratings, are taken: sealed, or handed on as ordinary events.

What is sealed is answered like an event that waits, whatever it says and whoever said the same before.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import asyncpg
import structlog

from services.ingest.admission import CONFLICT
from services.ingest.domain.candidate import Candidate, Rejection, Withheld
from services.ingest.domain.identity import Identity, event_identity
from services.ingest.domain.parking import JAKARTA, Directory, Needs, Resolution, Waiting, place
from services.ingest.domain.ratings import RATING, is_sealed, voids_a_rating
from services.ingest.domain.routing import LogRecord, Stated
from services.ingest.organisation import DirectoryMemory, Surroundings
from services.ingest.quotas import TOO_MANY_IDENTITIES
from services.ingest.rejections import HTTP
from services.ingest.rights import ANOTHERS_SUBJECT, within
from services.ingest.sealed.contents import (
    Answering,
    answering,
    kept_answer,
    kept_waiting,
    sealed_answer,
    subject_of,
    waiting_event,
)
from services.ingest.sealed.key import SealedKey
from services.ingest.store import intake, sealed
from services.ingest.store.sealed import Kept
from services.ingest.submission import Outcome, Sealed, Submission
from services.kit import crashpoints
from services.kit.errors import Unavailable
from services.kit.postgres import transaction
from services.scoring.evaluation.periods import Period

log = structlog.get_logger()

ONLY_OVER_HTTP = Withheld(
    422,
    "Invalid event",
    "Answers of peers and subordinates are sealed, and come over POST /v1/events alone: elsewhere they would be kept.",
)


class Taker(Protocol):
    """What takes ordinary submissions."""

    async def take(self, submission: Submission) -> list[Outcome]:
        """Return the outcomes of *submission*."""


class WrongKeyInUse(Unavailable):
    """The key is not the one with which what is kept was sealed."""


class SealedStore:
    """The sealed answers of a database under a *key*, with what is remembered of the directory."""

    def __init__(self, key: SealedKey, memory: DirectoryMemory) -> None:
        self.key, self.memory = key, memory
        self._is_checked = False

    async def check(self, conn: asyncpg.Connection) -> None:
        """Compare the key with the one that sealed what is kept, as the role of the answers. Raises WrongKeyInUse."""
        if self._is_checked:
            return
        if await sealed.fingerprint(conn, self.key.fingerprint) != self.key.fingerprint:
            log.error("sealed.wrong_key")
            raise WrongKeyInUse("The key of sealed answers is not the one they were sealed with; see operations.")
        self._is_checked = True

    async def taken(self, conn: asyncpg.Connection, ratings: Collection[Identity]) -> set[Identity]:
        """Return which of *ratings*, about to be placed in the open, have the identity of something sealed."""
        await sealed.lock(conn)
        names = {self.key.identity(identity): identity for identity in ratings}
        async with sealed.as_sealed(conn):
            await self.check(conn)
            return {names[name] for name in await sealed.claims(conn, names)}

    async def opened(self, conn: asyncpg.Connection, ratings: Sequence[Identity]) -> list[LogRecord]:
        """Note new *ratings* in the open; return the voids that waited for them, which now go to the log."""
        await sealed.add_open_ratings(conn, ratings)
        async with sealed.as_sealed(conn):
            found = await sealed.waiting_voids(conn, [self.key.identity(identity) for identity in ratings])
            await sealed.drop_waiting(conn, [kept.name for kept in found])
        events = [waiting_event(self.key, kept) for kept in found]
        return [void.record(resolution) for void, resolution in events]


class Sealing:
    """
    Takes submissions: what is to be sealed into *pool*, all else by *ordinary*.

    Of one client no more than *most_a_day* answers are taken a day, counted in memory: no table tells who answered.
    """

    def __init__(self, pool: asyncpg.Pool, store: SealedStore, ordinary: Taker, most_a_day: int) -> None:
        self._pool, self._store, self._ordinary, self._most = pool, store, ordinary, most_a_day
        self._today: tuple[date, Counter[str]] = (date.min, Counter())

    async def take(self, submission: Submission) -> list[Outcome]:
        """
        Return the outcomes of *submission*.

        Its ordinary items come first, so that aliases registered in it are known. Raises Unavailable.
        """
        apart = {place: item for place, item in enumerate(submission.items) if _is_apart(item)}
        if not apart:
            return await self._ordinary.take(submission)
        found = await self._take_ordinary(submission, [at for at in range(len(submission.items)) if at not in apart])
        found |= {place: item for place, item in apart.items() if isinstance(item, Withheld)}
        items = {place: item for place, item in apart.items() if isinstance(item, Candidate)}
        if submission.origin != HTTP:
            found |= {place: ONLY_OVER_HTTP for place, item in items.items() if _is_answer(item)}
        left = {place: item for place, item in items.items() if place not in found}
        found |= await self._seal(submission.client, left) if left else {}
        found |= await self._take_ordinary(submission, [place for place in left if place not in found])
        return [found[place] for place in range(len(submission.items))]

    async def _take_ordinary(self, submission: Submission, places: Sequence[int]) -> dict[int, Outcome]:
        if not places:
            return {}
        return dict(zip(places, await self._ordinary.take(submission.only(places)), strict=True))

    async def _seal(self, client: str, items: Mapping[int, Candidate]) -> dict[int, Outcome]:
        """Seal what is to be sealed; voids of ratings known in the open are left out of the answer."""
        async with transaction(self._pool) as conn:
            await intake.lock(conn, registering=False)
            await sealed.lock(conn)
            seal = Seal(conn, self._store)
            await seal.prepare(list(items.values()))
            outcomes: dict[int, Outcome] = {}
            async with sealed.as_sealed(conn):
                await self._store.check(conn)
                for at, item in items.items():
                    outcome = await seal.take(item, has_room=lambda: self._has_room(client))
                    if outcome is not None:
                        outcomes[at] = outcome
            crashpoints.reached("ingest.seal")
        crashpoints.reached("ingest.sealed")
        return outcomes

    def _has_room(self, client: str) -> bool:
        day = datetime.now(JAKARTA).date()
        if self._today[0] != day:
            self._today = day, Counter()
        self._today[1][client] += 1
        return self._today[1][client] <= self._most


def is_rating(item: Candidate) -> bool:
    """Say whether an item is a rating."""
    return item.rating is not None and item.rating["type"] == RATING


def _is_answer(item: Candidate) -> bool:
    return item.rating is not None and is_sealed(item.rating)


def _is_apart(item: Candidate | Rejection) -> bool:
    """Say whether an item is not for everybody: an answer to be sealed, a void of a rating, a refusal of either."""
    if isinstance(item, Candidate):
        return item.rating is not None and (is_sealed(item.rating) or voids_a_rating(item.rating))
    return isinstance(item, Withheld)


class Seal:
    """One transaction's work on the sealed answers, after their lock."""

    def __init__(self, conn: asyncpg.Connection, store: SealedStore) -> None:
        self._conn, self._key, self._memory = conn, store.key, store.memory
        self._directory = Directory()
        self._open: set[Identity] = set()
        self._closed: dict[tuple[str, str], bool] = {}

    async def prepare(self, items: Sequence[Candidate]) -> None:
        """Look up, as ingest, what *items* are judged by."""
        self._directory = await intake.load_directory(self._conn, [_aliases_of(item) for item in items], ())
        identities = {item.identity for item in items} | {found for item in items if (found := _target(item))}
        self._open = await sealed.known_in_the_open(self._conn, identities)
        surroundings = await self._memory.at(self._conn)
        for item in items:
            placed = place(_aliases_of(item), self._directory)
            if _is_answer(item) and not isinstance(placed, Waiting):
                assert item.rating is not None
                between = answering(item.rating, placed)
                await self._look_up(surroundings, between.ratee, between.period)

    async def _look_up(self, surroundings: Surroundings, ratee: str, period: str) -> None:
        if (ratee, period) not in self._closed:
            self._closed[ratee, period] = await surroundings.is_over(ratee, Period.of(period))

    async def take(self, item: Candidate, *, has_room: Callable[[], bool]) -> Outcome | None:
        """Seal an answer, or let a void take effect or wait; None for a void of a rating known in the open."""
        name = self._key.identity(item.identity)
        if name in await sealed.claims(self._conn, [name]):
            return Sealed()
        target = _target(item)
        if target is not None and target in self._open:
            return None
        placed = place(_aliases_of(item), self._directory)
        refused = await self._refusal(item, placed)
        if refused is None and not has_room():
            refused = TOO_MANY_IDENTITIES
        if refused is not None:
            return Withheld.of(refused)
        await sealed.claim(self._conn, name)
        await self.settle(item, placed)
        return Sealed()

    async def look_again(self, kept: Kept, item: Candidate) -> LogRecord | None:
        """Settle an item that waited for the holder of an alias, if there is one now; return what goes to the log."""
        placed = place(_aliases_of(item), self._directory)
        if isinstance(placed, Waiting):
            return None
        await sealed.drop_waiting(self._conn, [kept.name])
        if _target(item) in self._open:
            return item.record(placed)
        if await self._refusal(item, placed) is None:
            await self.settle(item, placed)
        return None

    async def _refusal(self, item: Candidate, placed: Resolution | Waiting) -> Rejection | None:
        if item.identity in self._open:
            return CONFLICT
        if isinstance(placed, Waiting):
            return None
        if item.within and not within(item.within, item.subject(placed)):
            return ANOTHERS_SUBJECT
        return await self._is_too_late(answering(_event(item), placed)) if _is_answer(item) else None

    async def _is_too_late(self, between: Answering) -> Rejection | None:
        about = self._key.about(between.ratee, between.period)
        if self._closed[between.ratee, between.period] or await sealed.settled(self._conn, [about]):
            return CLOSED
        return None

    async def settle(self, item: Candidate, placed: Resolution | Waiting) -> None:
        """Put a claimed item where it belongs by what is known now."""
        if isinstance(placed, Waiting):
            await sealed.put_waiting(self._conn, kept_waiting(self._key, item), None)
        elif _is_answer(item):
            await self._put(item, answering(_event(item), placed))
        else:
            await self._void(item, placed)

    async def _put(self, item: Candidate, between: Answering) -> None:
        """Let an answer stand for its four, unless a void of it came before."""
        identity = self._key.identity(item.identity)
        for kept in await sealed.waiting_voids(self._conn, [identity]):
            void, resolution = waiting_event(self._key, kept)
            if subject_of(_event(void), resolution) == between.ratee:
                await sealed.drop_waiting(self._conn, [kept.name])
                return
        await sealed.put_answer(
            self._conn,
            kept_answer(self._key, between, _event(item)),
            identity=identity,
            about=self._key.about(between.ratee, between.period),
            last_day=Period.of(between.period).last,
        )

    async def _void(self, item: Candidate, resolution: Resolution) -> None:
        """Destroy the answer that a void names, if it stands and is about whom the void is; else the void waits."""
        target = _target(item)
        assert target is not None
        need = self._key.identity(target)
        found = await sealed.answer_of(self._conn, need)
        about = subject_of(_event(item), resolution)
        if found is not None and sealed_answer(self._key, found).ratee == about:
            await sealed.drop_answer(self._conn, found.name)
        else:
            await sealed.put_waiting(self._conn, kept_waiting(self._key, item, resolution), need)


CLOSED = Withheld(
    422,
    "Invalid event",
    "The answers about this employee for this period are closed; what came in time has been settled.",
)


def _event(item: Candidate) -> Stated:
    assert item.rating is not None
    return item.rating


def _target(item: Candidate) -> Identity | None:
    """Return the identity that a void names."""
    event = _event(item)
    if not voids_a_rating(event):
        return None
    voided = event["data"]["voided"]
    return event_identity(voided["source"], voided["id"])


def _aliases_of(item: Candidate) -> Needs:
    """Return what an item needs to be sealed: nobody has to be registered, aliases must have holders."""
    return item.needs._replace(subjects=())
