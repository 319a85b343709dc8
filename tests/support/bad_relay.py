"""Mail relays that fail in every way that a relay can, once for each recipient, and then behave."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

TAKEN = "250 Message accepted for delivery"

AT_RECIPIENT = {
    "rcpt-4xx": "451 4.3.0 come back later",
    "rcpt-5xx": "550 5.1.1 no such mailbox",
    "rcpt-421": "421 4.3.2 shutting down",
}
AT_DATA = {"data-4xx": "452 4.2.2 mailbox full", "data-5xx": "554 5.7.1 refused"}
TAKEN_UNSEEN = ("taken-hangs", "taken-closes")
"""The mail is taken and the sender never hears so: it may come once more, the same."""
WAYS = (*AT_RECIPIENT, *AT_DATA, "rcpt-hangs", "rcpt-closes", "data-hangs", "data-closes", *TAKEN_UNSEEN, "quit-closes")


@dataclass
class BadRelay:
    """What came, by the first part of the recipient's address, which also says how the first try for it fails."""

    mails: dict[str, list[bytes]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or fail."""
        way = address.partition("@")[0]
        if way in AT_RECIPIENT and self._first(way):
            return AT_RECIPIENT[way]
        if way.startswith("rcpt-") and self._first(way):
            await _hang_or_close(way, server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail, or fail."""
        way = envelope.rcpt_tos[0].partition("@")[0]
        first = self._first(way)
        if first and way in AT_DATA:
            return AT_DATA[way]
        if first and way.startswith("data-"):
            await _hang_or_close(way, server)
        assert isinstance(envelope.content, bytes)
        self.mails.setdefault(way, []).append(envelope.content)
        if first and way.startswith("taken-"):
            await _hang_or_close(way, server)
        if first and way == "quit-closes":
            await server.push(TAKEN)
            await _hang_or_close(way, server)
        return TAKEN

    def _first(self, way: str) -> bool:
        first = way not in self.failed
        self.failed.add(way)
        return first

    def copies(self, way: str) -> list[tuple[str, bytes]]:
        """Message-ID and bytes of each mail that came for a recipient."""
        return [(str(message_from_bytes(raw, policy=policy.default)["Message-ID"]), raw) for raw in self.mails[way]]


async def _hang_or_close(way: str, server: SMTP) -> None:
    """Never answer, or go without a word."""
    if way.endswith("-closes") and server.transport is not None:
        server.transport.close()
    await asyncio.Event().wait()


@asynccontextmanager
async def serving(protocol: Callable[[], Any]) -> AsyncIterator[int]:
    """Serve connections on a free port."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def relay(box: BadRelay) -> Callable[[], Any]:
    """The protocol of a relay that serves *box*."""
    return lambda: SMTP(box, hostname="localhost", enable_SMTPUTF8=True)


class Mute(asyncio.Protocol):
    """Accepts a connection and never says a word."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


class Slamming(asyncio.Protocol):
    """Accepts a connection and closes it at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
