"""A way to reach a recipient, and what it answers; mail is the first, and knows nothing of how often it is tried."""

from dataclasses import dataclass
from typing import Protocol

from services.notifications.store.deliveries import Claimed


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken the message."""


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """It has not, and may later: after *delay_s*, or when it is this message's turn again."""

    reason: str
    delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """It never will. *reason* holds no address."""

    reason: str


Outcome = Sent | RetryAfter | Failed


class Channel(Protocol):
    """Sends messages; the same one twice is the same for the other side, which can tell."""

    async def send(self, message: Claimed, address: str) -> Outcome:
        """Send a message to an address; answers within the time that a claim lasts."""
