"""
Deliveries, one at a time: claimed in one transaction, sent outside any, noted in another.

A claim lasts longer than an attempt may. Who dies between sending and noting leaves it to be sent once more, under the
same Message-ID, when the process of that name starts again or the claim has run out.
"""

import asyncio

import asyncpg
import structlog

from services.kit import crashpoints
from services.kit.failures import is_away
from services.kit.postgres import transaction
from services.notifications import metrics
from services.notifications.channels import Channel, Failed, Outcome, RetryAfter, Sent
from services.notifications.store import deliveries
from services.notifications.store.deliveries import FAILED, MUTED, NO_ADDRESS, PENDING, SENT, Claimed

log = structlog.get_logger()

FIRST_DELAY_S = 5
LONGEST_DELAY_S = 7_200
ATTEMPT_S = 60.0
CLAIM_S = 180.0


def delay_s(attempts: int) -> int:
    """Return the pause after so many failed attempts: 5 s, doubled each time, two hours at most."""
    return int(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (attempts - 1)))


class Deliverer:
    """Sends what is due over one channel, as the process *member*; gives a message up after *tries* attempts."""

    def __init__(self, pool: asyncpg.Pool, channel: Channel, member: str, tries: int) -> None:
        self._pool, self._channel, self._member, self._tries = pool, channel, member, tries
        self._begun = False

    async def deliver_one(self) -> bool:
        """Send the message due longest; False if none is due. Raises Unavailable."""
        claimed = await self._claim()
        if claimed is None:
            return False
        state, problem, delay = self._reached(claimed, await self._attempt(claimed))
        async with transaction(self._pool) as conn:
            noted = await deliveries.settle(conn, claimed, state, problem=problem, delay_s=delay)
            crashpoints.reached("notifications.record")
        crashpoints.reached("notifications.recorded")
        metrics.DELIVERIES.labels(state if state != PENDING else "postponed").inc()
        log.info(
            "delivery.attempted",
            delivery=claimed.number,
            alert=claimed.alert,
            state=state,
            problem=problem,
            overtaken=not noted,
        )
        return True

    async def _claim(self) -> Claimed | None:
        """Take a message; what an earlier run of this process left unfinished is due at once."""
        async with transaction(self._pool) as conn:
            if not self._begun:
                await deliveries.release_claims(conn, self._member)
            claimed = await deliveries.claim(conn, self._member, CLAIM_S)
        self._begun = True
        return claimed

    async def _attempt(self, claimed: Claimed) -> Outcome | None:
        """Return what the channel says; None if the recipient is not to be written to."""
        if claimed.muted or claimed.email is None:
            return None
        try:
            crashpoints.reached("notifications.send")
            async with asyncio.timeout(ATTEMPT_S):
                outcome = await self._channel.send(claimed, claimed.email)
        except Exception as exc:
            if not is_away(exc):  # our own mistake in one message must not keep the others from going out
                log.error("delivery.broken", delivery=claimed.number, exc_info=exc)
            return RetryAfter(type(exc).__name__)
        if isinstance(outcome, Sent):
            crashpoints.reached("notifications.sent")
        return outcome

    def _reached(self, claimed: Claimed, outcome: Outcome | None) -> tuple[str, str | None, float]:
        """Return the state after an attempt, the problem if there was one, and the pause before the next."""
        match outcome:
            case None:
                return (MUTED if claimed.muted else NO_ADDRESS), None, 0
            case Sent():
                return SENT, None, 0
            case Failed(reason):
                return FAILED, reason, 0
            case RetryAfter(reason, wanted):
                if claimed.attempts + 1 >= self._tries:
                    return FAILED, reason, 0
                return PENDING, reason, delay_s(claimed.attempts + 1) if wanted is None else wanted
