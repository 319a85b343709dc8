"""
How answers of peers and subordinates, and voids of ratings, are taken: sealed, or handed on as ordinary events.

What is sealed is answered like an event that waits, whatever it says and whoever said the same before.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import asyncpg

from services.ingest.domain.candidate import Candidate, Rejection, Withheld
from services.ingest.domain.parking import JAKARTA
from services.ingest.domain.ratings import is_sealed, voids_a_rating
from services.ingest.rejections import HTTP
from services.ingest.sealed.keeping import SealedStore
from services.ingest.sealed.seal import Seal, is_answer
from services.ingest.store import intake, sealed
from services.ingest.submission import Outcome, Submission
from services.kit import crashpoints
from services.kit.postgres import transaction

ONLY_OVER_HTTP = Withheld(
    422,
    "Invalid event",
    "Answers of peers and subordinates are sealed, and come over POST /v1/events alone: elsewhere they would be kept.",
)

A_STEP = 200
"""Items in one transaction: what a request has had sealed before its time ran out is not sealed again."""


class Taker(Protocol):
    """What takes ordinary submissions."""

    async def take(self, submission: Submission) -> list[Outcome]:
        """Return the outcomes of *submission*."""


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
            found |= {place: ONLY_OVER_HTTP for place, item in items.items() if is_answer(item)}
        left = {place: item for place, item in items.items() if place not in found}
        places = list(left)
        for first in range(0, len(places), A_STEP):
            part = {place: left[place] for place in places[first : first + A_STEP]}
            found |= await self._seal(submission.client, part)
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
                await seal.look_up_claims(items.values())
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


def _is_apart(item: Candidate | Rejection) -> bool:
    """Say whether an item is not for everybody: an answer to be sealed, a void of a rating, a refusal of either."""
    if isinstance(item, Candidate):
        return item.rating is not None and (is_sealed(item.rating) or voids_a_rating(item.rating))
    return isinstance(item, Withheld)
