"""One delivery as the notifications process makes it."""

import asyncpg

from services.notifications.delivering import Deliverer
from services.notifications.mail.channel import MailChannel
from services.notifications.settings import NotificationsSettings


async def deliver_one(pool: asyncpg.Pool, settings: NotificationsSettings) -> bool:
    """Send the message due longest, as a process that has just started."""
    member, tries = settings.notifications_member, settings.mail_tries
    return await Deliverer(pool, MailChannel(settings), member, tries).deliver_one()
