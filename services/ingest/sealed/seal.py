"""What one transaction does with answers to be sealed and with voids of ratings, by what it has looked up."""

from collections.abc import Callable, Iterable, Sequence

import asyncpg

from services.ingest.admission import CONFLICT
from services.ingest.domain.candidate import Candidate, Rejection, Withheld
from services.ingest.domain.identity import Identity, event_identity
from services.ingest.domain.parking import Directory, Needs, Resolution, Waiting, place
from services.ingest.domain.ratings import RATING, is_sealed, voids_a_rating
from services.ingest.domain.routing import LogRecord, Stated
from services.ingest.organisation import Surroundings
from services.ingest.quotas import TOO_MANY_IDENTITIES
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
from services.ingest.sealed.keeping import SealedStore
from services.ingest.store import intake, sealed
from services.ingest.store.sealed import Kept
from services.ingest.submission import Outcome, Sealed
from services.scoring.evaluation.periods import Period


def is_rating(item: Candidate) -> bool:
    """Say whether an item is a rating."""
    return item.rating is not None and item.rating["type"] == RATING


def is_answer(item: Candidate) -> bool:
    """Say whether an item is the answer of a peer or a subordinate."""
    return item.rating is not None and is_sealed(item.rating)


class Seal:
    """One transaction's work on the sealed answers, after their lock."""

    def __init__(self, conn: asyncpg.Connection, store: SealedStore) -> None:
        self._conn, self._key, self._memory = conn, store.key, store.memory
        self._directory = Directory()
        self._open: set[Identity] = set()
        self._taken: set[bytes] = set()
        self._closed: dict[tuple[str, str], bool] = {}

    async def prepare(self, items: Sequence[Candidate]) -> None:
        """Look up, as ingest, what *items* are judged by."""
        self._directory = await intake.load_directory(self._conn, [_aliases_of(item) for item in items], ())
        identities = {item.identity for item in items} | {found for item in items if (found := _target(item))}
        self._open = await sealed.known_in_the_open(self._conn, identities)
        surroundings = await self._memory.at(self._conn)
        for item in items:
            placed = place(_aliases_of(item), self._directory)
            if is_answer(item) and not isinstance(placed, Waiting):
                assert item.rating is not None
                between = answering(item.rating, placed)
                await self._look_up(surroundings, between.ratee, between.period)

    async def _look_up(self, surroundings: Surroundings, ratee: str, period: str) -> None:
        if (ratee, period) not in self._closed:
            self._closed[ratee, period] = await surroundings.is_over(ratee, Period.of(period))

    async def look_up_claims(self, items: Iterable[Candidate]) -> None:
        """Look up, as the role of the answers, which identities are taken."""
        self._taken = await sealed.claims(self._conn, [self._key.identity(item.identity) for item in items])

    async def take(self, item: Candidate, *, has_room: Callable[[], bool]) -> Outcome | None:
        """Seal an answer, or let a void take effect or wait; None for a void of a rating known in the open."""
        name = self._key.identity(item.identity)
        if name in self._taken:
            return Sealed()
        target = _target(item)
        if target is not None and target in self._open:
            return None
        placed = place(_aliases_of(item), self._directory)
        refused = self._refusal(item, placed)
        if refused is None and not has_room():
            refused = TOO_MANY_IDENTITIES
        if refused is not None:
            return Withheld.of(refused)
        await sealed.claim(self._conn, name)
        self._taken.add(name)
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
        if self._refusal(item, placed) is None:
            await self.settle(item, placed)
        return None

    def _refusal(self, item: Candidate, placed: Resolution | Waiting) -> Rejection | None:
        if item.identity in self._open:
            return CONFLICT
        if isinstance(placed, Waiting):
            return None
        if item.within and not within(item.within, item.subject(placed)):
            return ANOTHERS_SUBJECT
        return CLOSED if is_answer(item) and self._is_over(answering(_event(item), placed)) else None

    def _is_over(self, between: Answering) -> bool:
        """By the directory alone: whether anybody answered before must not be told."""
        return self._closed[between.ratee, between.period]

    async def settle(self, item: Candidate, placed: Resolution | Waiting) -> None:
        """Put a claimed item where it belongs by what is known now."""
        if isinstance(placed, Waiting):
            await sealed.put_waiting(self._conn, kept_waiting(self._key, item), None)
        elif is_answer(item):
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
