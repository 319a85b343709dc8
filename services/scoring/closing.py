"""
Closing days: what is due, is not in the journal yet and was not sent before goes to ingest, piece by piece.

A closing follows from its date alone, so that telling twice changes nothing. No date before the installation's first
start is ever closed.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import asyncpg
import httpx
import structlog
from asyncpg.pgproto.pgproto import UUID

from services.kit.errors import Refused
from services.kit.event_sender import send_events
from services.kit.postgres import connection
from services.scoring.domain.closings import SOURCE, SUBJECT, TYPE, closing, closing_id, last_ended, why_no_start
from services.scoring.domain.days import JAKARTA, ONE_DAY, days_between
from services.scoring.domain.events import decode
from services.scoring.domain.facts import DayClosed
from services.scoring.domain.record import identity_of
from services.scoring.store import queries

log = structlog.get_logger()

CLOSINGS_A_PIECE = 500
REFUSED_AGAIN = timedelta(minutes=10)
"""Each time that ingest refuses an event it keeps one more dead letter."""


def clock() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass
class Closer:
    """
    Closes what is due, as told by *now* and the wall time *close_at* in Asia/Jakarta.

    *trouble* is why the last look did not close everything it should have; None when it did.
    """

    pool: asyncpg.Pool
    client: httpx.AsyncClient
    close_at: time
    now: Callable[[], datetime] = clock
    trouble: str | None = field(default="Nothing has been looked at yet.", init=False)
    _closed_up_to: date | None = field(default=None, init=False)
    """The refused days aside."""
    _refused: dict[date, str] = field(default_factory=dict, init=False)
    _ask_again_at: datetime | None = field(default=None, init=False)

    async def close_due(self) -> bool:
        """Close the next piece of what is due; say whether there may be more. Raises Unavailable."""
        try:
            more = await self._close_piece(self.now())
        except Refused as exc:
            self._say(str(exc))
            return False
        except Exception as exc:
            self._say(str(exc) or type(exc).__name__)
            raise
        self._say(_said_of(self._refused) if self._refused else None)
        return more

    def _say(self, trouble: str | None) -> None:
        if trouble is not None and trouble != self.trouble:
            log.error("closing.troubled", reason=trouble)
        self.trouble = trouble

    async def _close_piece(self, now: datetime) -> bool:
        await self._look_for_refused()
        due = await self._due(now)
        if not due:
            await self._ask_again(now)
            return False
        standing = await self._standing(due)
        await self._send([day for day in due if day not in standing], now)
        self._closed_up_to = due[-1]
        return True

    async def _due(self, now: datetime) -> list[date]:
        """Return the next days that are to be closed. Raises Refused when the first start cannot be true."""
        if len(self._refused) >= CLOSINGS_A_PIECE:
            return []  # whatever the reason is, it lies not in single days
        start = await self._first_started(now) if self._closed_up_to is None else self._closed_up_to + ONE_DAY
        return list(islice(days_between(start, last_ended(now, self.close_at)), CLOSINGS_A_PIECE))

    async def _first_started(self, now: datetime) -> date:
        today = now.astimezone(JAKARTA).date()
        async with connection(self.pool) as conn:
            started: date | None = await queries.first_started(conn)
            doubt = why_no_start(started or today, today)
            if doubt is None and started is None:
                started = await queries.begin_installation(conn, today=today)
        if doubt is not None:
            noted = (started or today).isoformat()
            raise Refused(
                f"The installation's first start, {noted}, is not believed: {doubt}. No day is closed until the clock "
                "is right and first_started in scoring's table installation names the true date."
            )
        assert started is not None
        return started

    async def _standing(self, days: Collection[date]) -> set[date]:
        """Return those of the days whose closing is in the journal, whatever it says of its own time."""
        identities = [UUID(identity_of(SOURCE, closing_id(day))) for day in days]
        async with connection(self.pool) as conn:
            rows = await queries.closings(conn, identities=identities, type=TYPE, subject=SUBJECT)
        events = [decode(row["payload"]) for row in rows]
        return {
            event.fact.date
            for event in events
            if isinstance(event.fact, DayClosed) and event.id == closing_id(event.fact.date)
        }

    async def _look_for_refused(self) -> None:
        """Forget refusals of closings that stand: an earlier version told them with another time."""
        for day in await self._standing(self._refused) if self._refused else ():
            del self._refused[day]

    async def _ask_again(self, now: datetime) -> None:
        if self._refused and (self._ask_again_at is None or now >= self._ask_again_at):
            days = sorted(self._refused)[:CLOSINGS_A_PIECE]
            await self._send(days, now)

    async def _send(self, days: list[date], now: datetime) -> None:
        """Have ingest take closings and note which it refuses. Raises Unavailable, and Refused for all together."""
        if not days:
            return
        problems = await send_events(self.client, [closing(day) for day in days])
        refused = {day: problem for day, problem in zip(days, problems, strict=True) if problem is not None}
        self._refused = {day: told for day, told in self._refused.items() if day not in days} | refused
        if refused:
            self._ask_again_at = now + REFUSED_AGAIN
        if len(refused) < len(days):
            log.info("days.closed", first=days[0].isoformat(), last=days[-1].isoformat(), refused=len(refused))


def _said_of(refused: dict[date, str]) -> str:
    first = min(refused)
    others = f" and of {len(refused) - 1} days more" if len(refused) > 1 else ""
    return f"Ingest refused the closing of {first.isoformat()}{others}: {refused[first]}"
