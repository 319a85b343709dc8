"""
What happens to sealed answers without a request: their groups are released once they are closed, and then destroyed.

In one transaction the answers are read, the levels owed to the log, the answers destroyed. No log line, no metric: that
nothing was released would say something, too.
"""

from collections.abc import Sequence

import asyncpg

from services.ingest.domain.feedback import released
from services.ingest.domain.routing import log_record
from services.ingest.organisation import Surroundings
from services.ingest.release import Release
from services.ingest.sealed.contents import sealed_answer, waiting_event
from services.ingest.sealed.keeping import SealedStore
from services.ingest.sealed.seal import Seal
from services.ingest.sealed.tally import Closing, Tally
from services.ingest.store import intake, sealed
from services.kit import crashpoints
from services.kit.postgres import transaction
from services.scoring.domain.days import LAST_DAY
from services.scoring.evaluation.periods import Period

STEP = 200
NOTHING_BEFORE = b""


class Unsealing:
    """
    Releases what is closed in *pool*, by the directory as it is folded; pokes *release*, which sends it.

    Looks at everything again whenever the directory has moved, a part at a time.
    """

    def __init__(self, pool: asyncpg.Pool, store: SealedStore, release: Release) -> None:
        self._pool, self._store, self._release = pool, store, release
        self._looked_at: tuple[int, int] | None = None
        self._looking_at: tuple[int, int] | None = None
        self._after, self._past_waiting = NOTHING_BEFORE, NOTHING_BEFORE

    async def step(self) -> bool:
        """Look at some of what waits and of what may be closed; say whether there may be more."""
        await self._look_again()
        closings = await self._next()
        for closing in closings or ():
            await self._close(closing)
        return closings is not None

    async def _look_again(self) -> None:
        """Settle what waited for the holder of an alias."""
        async with transaction(self._pool) as conn:
            await intake.lock(conn, registering=False)
            await sealed.lock(conn)
            async with sealed.as_sealed(conn):
                await self._store.check(conn)
                kept = await sealed.waiting_aliases(conn, self._past_waiting, STEP)
            self._past_waiting = kept[-1].name if len(kept) == STEP else NOTHING_BEFORE
            if not kept:
                return
            items = [waiting_event(self._store.key, each)[0] for each in kept]
            seal = Seal(conn, self._store)
            await seal.prepare(items)
            async with sealed.as_sealed(conn):
                records = [await seal.look_again(each, item) for each, item in zip(kept, items, strict=True)]
            if owed := [record for record in records if record is not None]:
                await intake.owe(conn, owed)
        self._release.poke()

    async def _next(self) -> list[Closing] | None:
        """Return which of the next groups are closed by now; None when all have been looked at."""
        async with transaction(self._pool) as conn:
            await sealed.lock(conn)  # an answer judged by an earlier state of the directory is in by now
            async with sealed.as_sealed(conn):
                is_empty = not await sealed.groups(conn, NOTHING_BEFORE, LAST_DAY, 1)
            if is_empty:  # the directory need not be remembered for nothing
                return None
            surroundings = await self._store.memory.at(conn)
            latest = surroundings.latest_closing
            if surroundings.position == self._looked_at or latest is None:
                return None
            async with sealed.as_sealed(conn):
                await self._store.check(conn)
                groups = await sealed.groups(conn, self._after, latest, STEP)
            found = [self._closing(about, kept) for about, kept in groups]
            closed = [each for each in found if await surroundings.is_over(each.ratee, each.period)]
        self._advance(surroundings, [about for about, _ in groups])
        return closed

    def _advance(self, surroundings: Surroundings, looked: Sequence[bytes]) -> None:
        """Note how far the groups have been looked at; all have, by the state of the directory that the first saw."""
        if self._after == NOTHING_BEFORE:
            self._looking_at = surroundings.position
        self._after = looked[-1] if len(looked) == STEP else NOTHING_BEFORE
        if self._after == NOTHING_BEFORE:
            self._looked_at = self._looking_at

    def _closing(self, about: bytes, kept: sealed.Kept) -> Closing:
        answer = sealed_answer(self._store.key, kept)
        return Closing(about, answer.ratee, Period.of(answer.period))

    async def _close(self, closing: Closing) -> None:
        """Release what is large enough of the answers about somebody, once and for ever, and destroy them all."""
        async with transaction(self._pool) as conn:
            await sealed.lock(conn)
            surroundings = await self._store.memory.at(conn)
            place = await surroundings.place(closing.ratee, closing.period)
            feedback = place.policy.policy.feedback if place else None
            closes = place.closes(closing.period) if place else None
            if place is None or feedback is None or closes is None or not surroundings.has_passed(place.unit, closes):
                return
            async with sealed.as_sealed(conn):
                kept = await sealed.answers(conn, closing.about)
                is_settled = bool(await sealed.settled(conn, [closing.about]))
            if not kept:  # another process was faster
                return
            counted = {} if is_settled else kept
            groups = await Tally(self._store.key, surroundings, closing, feedback, counted).groups()
            crashpoints.reached("ingest.tally")
            event = released(closing.ratee, closing.period.text, closes, feedback.k, groups)
            if event is not None:
                await intake.owe(conn, [log_record(event, {})])
            crashpoints.reached("ingest.unseal")
            async with sealed.as_sealed(conn):
                await sealed.destroy(conn, closing.about)
                await sealed.settle(conn, closing.about)
            crashpoints.reached("ingest.destroy")
        crashpoints.reached("ingest.destroyed")
        self._release.poke()
