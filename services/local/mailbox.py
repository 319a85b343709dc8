"""
A real SMTP server that keeps every mail as a file: what would have gone out, for people and tests to read.

Run as `python -m services.local.mailbox`, with KINERJA_MAIL_FOLDER, KINERJA_SMTP_HOST and KINERJA_SMTP_PORT.
"""

import asyncio
import os
import secrets
import signal
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

SIZE_LIMIT_BYTES = 32 * 1024 * 1024


class MailboxSettings(BaseSettings):
    """Where the mailbox listens and where it keeps the mails."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore")

    mail_folder: Path = Field(description="Folder of the .eml files.")
    smtp_host: str = Field("127.0.0.1", description="Address to listen on.")
    smtp_port: int = Field(description="Port to listen on.")


class Folder:
    """Writes each mail as one .eml file, named so that the names sort by arrival."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Accept a mail once its file is whole; the envelope goes into two headers at the top."""
        assert isinstance(envelope.content, bytes)
        recipients = ", ".join(envelope.rcpt_tos)
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {recipients}\r\n".encode()
        target = self._path / f"{time.time_ns()}-{secrets.token_hex(4)}.eml"
        staging = target.with_suffix(".part")
        staging.write_bytes(head + envelope.content)
        staging.replace(target)
        return "250 Message accepted for delivery"


async def serve(settings: MailboxSettings) -> None:
    """Take mails until SIGTERM or SIGINT."""
    folder = Folder(settings.mail_folder)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(
        lambda: SMTP(folder, data_size_limit=SIZE_LIMIT_BYTES, enable_SMTPUTF8=True, hostname="localhost"),
        settings.smtp_host,
        settings.smtp_port,
    )
    async with server:
        await stop.wait()


def run() -> None:
    """Entry point of the process."""
    os.umask(0o077)
    asyncio.run(serve(MailboxSettings()))


if __name__ == "__main__":
    run()
