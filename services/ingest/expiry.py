"""
What goes with its age: claims, dead letters, and events that waited too long.

An event that waited was promised to be kept: it becomes a dead letter that says what it waited for. Its identity is
free.
"""

import asyncpg
import structlog

from services.ingest import metrics
from services.ingest.rejections import letter_of_parked
from services.ingest.store import dead_letters, expiry, intake, release
from services.ingest.store.expiry import OldParked
from services.kit.postgres import transaction

log = structlog.get_logger()

CLAIMS, ROWS = 5_000, 500
"""The most that go in one transaction."""
EVERY_S = 600.0


class Expiry:
    """Removes in *pool* what is older than so many days, a few at a time."""

    def __init__(self, pool: asyncpg.Pool, *, claim_days: int, letter_days: int, parked_days: int) -> None:
        self._pool = pool
        self._claim_days, self._letter_days, self._parked_days = claim_days, letter_days, parked_days

    async def step(self) -> bool:
        """Remove some of each; say whether there may be more."""
        steps = [await self._claims(), await self._parked(), await self._letters()]
        return any(steps)

    async def _claims(self) -> bool:
        async with transaction(self._pool) as conn:
            gone = await expiry.expire_claims(conn, self._claim_days, CLAIMS)
            await expiry.forget_counts(conn)
        metrics.CLAIMS_EXPIRED.inc(gone)
        return gone == CLAIMS

    async def _parked(self) -> bool:
        async with transaction(self._pool) as conn:
            old = await expiry.old_parked(conn, self._parked_days, ROWS)
            if old:
                await release.withdraw(conn, [each.identity for each in old])
                await dead_letters.keep(conn, [self._letter(each) for each in old])
        if old:
            metrics.PARKED_EXPIRED.inc(len(old))
            metrics.DEAD_LETTERS.inc(len(old))
            log.warning("parked.expired", events=len(old), days=self._parked_days)
        return len(old) == ROWS

    def _letter(self, old: OldParked) -> dead_letters.DeadLetter:
        waited = f"It waited {self._parked_days} days for {_said(old.need)}, which nobody registered."
        reason = f"{waited} Register it, then replay."
        return letter_of_parked(old.event, old.client, reason)

    async def _letters(self) -> bool:
        async with transaction(self._pool) as conn:
            old = await expiry.old_letters(conn, self._letter_days, ROWS)
            if old:
                await intake.held(conn, set(old.values()))  # before the letters, as whoever keeps new ones takes them
                gone = await expiry.forget_letters(conn, list(old))
        if old:
            metrics.DEAD_LETTERS_EXPIRED.inc(gone)
            log.info("dead_letters.expired", letters=gone, days=self._letter_days)
        return len(old) == ROWS


def _said(need: str) -> str:
    """Name what an event waited for; the reason goes to the log, where no alias may stand."""
    kind, _, _ = need.partition(":")
    return "the holder of its alias" if kind in ("nip", "badge") else need
