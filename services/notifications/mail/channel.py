"""Mail as a channel: a letter in its envelope, handed to the relay."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import aiosmtplib

from services.notifications.channels import Outcome, RetryAfter, Sent
from services.notifications.mail.rendering import Letter, write_letter
from services.notifications.settings import NotificationsSettings
from services.notifications.store.deliveries import Claimed


class MailChannel:
    """Sends letters through the relay of the settings."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings

    async def send(self, message: Claimed, address: str) -> Outcome:
        """Hand a message to the relay; when it did not say yes, it may have taken it nevertheless."""
        link = f"{self._settings.link_base}/v1/alerts/{message.alert}"
        mail = envelope(
            write_letter(message.message, message.content, link),
            sender=self._settings.mail_from,
            recipient=address,
            message_id=message.message_id,
            made_at=message.created_at,
        )
        try:
            await self._post(mail)
        except (aiosmtplib.SMTPException, OSError, ValueError) as exc:
            return RetryAfter(_reason(exc))
        return Sent()

    async def _post(self, mail: EmailMessage) -> None:
        settings = self._settings
        password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
        await aiosmtplib.send(
            mail,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=password,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
            timeout=settings.smtp_timeout_s,
        )


def envelope(letter: Letter, *, sender: str, recipient: str, message_id: str, made_at: datetime) -> EmailMessage:
    """
    Put a letter in its envelope.

    Everything comes from the arguments, so that a message sent twice is the same twice, Message-ID included.
    """
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(made_at)
    mail["Message-ID"] = f"<{message_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "id"
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    mail.set_boundary(f"=_{message_id}")  # left alone, it is random
    return mail


def _reason(exc: Exception) -> str:
    """The class and code of a failure: the relay's own words may hold the address."""
    refused = exc.recipients[0] if isinstance(exc, aiosmtplib.SMTPRecipientsRefused) and exc.recipients else exc
    code = getattr(refused, "code", None)
    return f"{type(refused).__name__} {code}" if code else type(refused).__name__
