"""Deliveries, one at a time: claimed, sent and noted under one row lock."""

from email.message import EmailMessage

import asyncpg
import structlog

from services.kit import crashpoints
from services.kit.postgres import transaction
from services.notifications import metrics
from services.notifications.mail.letters import write_letter
from services.notifications.mail.posting import NotPosted, envelope, post
from services.notifications.settings import NotificationsSettings
from services.notifications.store import deliveries
from services.notifications.store.deliveries import FAILED, MUTED, NO_ADDRESS, PENDING, SENT, Claimed

log = structlog.get_logger()

FIRST_DELAY_S = 5
LONGEST_DELAY_S = 7_200


def delay_s(attempts: int) -> int:
    """Return the pause after so many failed attempts: 5 s, doubled each time, two hours at most."""
    return int(min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (attempts - 1)))


async def deliver_one(pool: asyncpg.Pool, settings: NotificationsSettings) -> bool:
    """
    Send the message due longest; False if none is due.

    The row is locked while it is sent: two processes never send it at once, and whoever dies after sending and before
    noting leaves it to be sent once more under the same Message-ID.
    """
    async with transaction(pool) as conn:
        claimed = await deliveries.claim(conn)
        if claimed is None:
            return False
        state, problem = await _attempt(claimed, settings)
        delay = delay_s(claimed.attempts + 1) if state == PENDING else 0
        await deliveries.settle(conn, claimed.number, state, problem=problem, delay_s=delay)
        crashpoints.reached("notifications.record")
    crashpoints.reached("notifications.recorded")
    metrics.DELIVERIES.labels(state if state != PENDING else "postponed").inc()
    log.info("delivery.attempted", delivery=claimed.number, alert=claimed.alert, state=state, problem=problem)
    return True


async def _attempt(claimed: Claimed, settings: NotificationsSettings) -> tuple[str, str | None]:
    """Return the state after the attempt, and the problem if there was one."""
    if claimed.muted:
        return MUTED, None
    if claimed.email is None:
        return NO_ADDRESS, None
    try:
        crashpoints.reached("notifications.send")
        await post(_mail(claimed, claimed.email, settings), settings)
    except NotPosted as exc:
        problem = str(exc)
    except Exception as exc:
        # Our own mistake in one message must not keep the others from going out.
        log.error("delivery.broken", delivery=claimed.number, exc_info=exc)
        problem = type(exc).__name__
    else:
        crashpoints.reached("notifications.sent")
        return SENT, None
    return (FAILED if claimed.attempts + 1 >= settings.mail_tries else PENDING), problem


def _mail(claimed: Claimed, recipient: str, settings: NotificationsSettings) -> EmailMessage:
    link = f"{settings.link_base}/v1/alerts/{claimed.alert}"
    return envelope(
        write_letter(claimed.message, claimed.content, link),
        sender=settings.mail_from,
        recipient=recipient,
        message_id=claimed.message_id,
        made_at=claimed.created_at,
    )
