"""How much of one client may lie in ingest at once, and come on one day; what goes beyond is told so, never dropped."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import asyncpg

from services.ingest import metrics
from services.ingest.domain.candidate import Rejection
from services.ingest.store import intake

TOO_MANY, NO_ROOM = 429, 507
LOOK_EVERY_S = 1.0
TRY_LATER = frozenset({TOO_MANY, NO_ROOM})
"""Statuses of items that are taken when they are sent again later."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """The most of one client: events that wait, dead letters, and new identities on one day."""

    parked: int
    dead_letters: int
    identities_a_day: int

    @property
    def parking_full(self) -> Rejection:
        """An event had to wait, and too many of its sender do."""
        return Rejection(
            NO_ROOM,
            "No room left",
            f"This event would have to wait for a registration, as {self.parked:,} of this sender do already. "
            "Register what they wait for (GET /v1/parked lists it), then send this one again.",
        )

    def letters_full(self, rejection: Rejection) -> Rejection:
        """An item was rejected, and too many of its sender's are kept."""
        detail = (
            f"{rejection.detail} It was not kept: there are {self.dead_letters:,} dead letters of this sender. "
            "Mend it and send it again; dead letters go with their age."
        )
        return replace(rejection, status=NO_ROOM, title="No room left", detail=detail)


TOO_MANY_IDENTITIES = Rejection(
    TOO_MANY,
    "Too many requests",
    "This sender has sent as many new events as it may on one day. Send this one again after midnight in Jakarta.",
)


class Room:
    """How many more of something each client may have."""

    def __init__(self, most: int, held: Mapping[str, int], what: str) -> None:
        self._left = {client: most - count for client, count in held.items()}
        self._what = what

    def knows(self, clients: Collection[str]) -> bool:
        """Say whether the room of all *clients* is known."""
        return all(client in self._left for client in clients)

    def take(self, client: str) -> bool:
        """Take room for one, if there is any."""
        if self._left[client] <= 0:
            metrics.OVER_QUOTA.labels(self._what).inc()
            return False
        self._left[client] -= 1
        return True


class Identities:
    """
    Room for new identities today: *most* of each client, counted in the database, by all processes together.

    A count is read at most once a second; what is taken elsewhere meanwhile may go beyond the limit.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._room = Room(most, {}, "identities")
        self._good_until = 0.0

    async def room(self, conn: asyncpg.Connection, clients: Collection[str]) -> Room:
        """Return the room of *clients*, before anything is claimed in this transaction."""
        if time.monotonic() >= self._good_until or not self._room.knows(clients):
            self._room = Room(self._most, await intake.claimed(conn, clients), "identities")
            self._good_until = time.monotonic() + LOOK_EVERY_S
        return self._room
