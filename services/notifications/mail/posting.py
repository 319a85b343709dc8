"""The way to the mail relay."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import aiosmtplib

from services.notifications.mail.letters import Letter
from services.notifications.settings import NotificationsSettings


class NotPosted(Exception):
    """The relay did not take the message; the text says which way it failed, without addresses."""


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


async def post(mail: EmailMessage, settings: NotificationsSettings) -> None:
    """Hand a message to the relay. Raises NotPosted; then it may have been taken nevertheless."""
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None
    try:
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
    except (aiosmtplib.SMTPException, OSError, ValueError) as exc:
        raise NotPosted(_reason(exc)) from exc


def _reason(exc: Exception) -> str:
    """The class and code of a failure: the relay's own words may hold the address."""
    refused = exc.recipients[0] if isinstance(exc, aiosmtplib.SMTPRecipientsRefused) and exc.recipients else exc
    code = getattr(refused, "code", None)
    return f"{type(refused).__name__} {code}" if code else type(refused).__name__
