"""
Who changed, as server-sent events: one LISTEN per process, many readers.

A reader that cannot keep up, comes back, or outlives a lost database connection gets `resync`: look at everything anew.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import asyncpg
import orjson
import structlog
from fastapi import APIRouter, Depends, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from schemas.rights import READ_SCORING
from services.kit.access import EVERYTHING, Scope
from services.kit.failures import DATABASE_AWAY
from services.kit.guards import granted, holder_of
from services.kit.postgres import Connection
from services.kit.problems import Problem
from services.scoring.api.shapes import PROBLEMS

log = structlog.get_logger()

_CHANNEL = "scoring_changed"
_MOST_SUBJECTS = 5_000
_EVERYTHING = "*"
_LOOK_EVERY_S = 5.0


Sight = Callable[[], Scope]
"""Tells whose changes may be told now: rights are given and taken while a stream is open."""


class Reader:
    """The subjects that changed since one client last heard."""

    def __init__(self) -> None:
        self._subjects: set[str] = set()
        self._noticed = asyncio.Event()

    def notice(self, subjects: list[str]) -> None:
        """Remember subjects until they are told; too many become everything."""
        self._subjects.update(subjects)
        if len(self._subjects) > _MOST_SUBJECTS:
            self._subjects = {_EVERYTHING}
        self._noticed.set()

    async def next(self) -> set[str]:
        """Wait for a change and return all that are untold."""
        await self._noticed.wait()
        self._noticed.clear()
        subjects, self._subjects = self._subjects, set()
        return subjects


class Hub:
    """Hears what folds announce and hands it to every reader."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._readers: set[Reader] = set()

    async def listen(self) -> None:
        """Listen for ever; after a lost connection tell everyone to look anew."""
        while True:
            try:
                async with self._pool.acquire() as conn:
                    await self._listen(conn)
            except DATABASE_AWAY as exc:
                log.warning("stream.lost", error=type(exc).__name__)
                await asyncio.sleep(0.5)

    async def _listen(self, conn: Connection) -> None:
        lost = asyncio.Event()
        conn.add_termination_listener(lambda _: lost.set())
        await conn.add_listener(_CHANNEL, self._hear)
        try:
            self._tell([_EVERYTHING])
            while not lost.is_set():
                await conn.execute("SELECT 1")  # a peer that vanished without a word is found out by this
                with suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), _LOOK_EVERY_S)
        finally:
            if not conn.is_closed():  # the pool wants it back as it was
                await conn.remove_listener(_CHANNEL, self._hear)

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._tell(orjson.loads(str(payload)))

    def _tell(self, subjects: list[str]) -> None:
        for reader in self._readers:
            reader.notice(subjects)

    async def changes(
        self, every_s: float, resumed: bool, sight: Sight = lambda: EVERYTHING
    ) -> AsyncIterator[ServerSentEvent]:
        """
        Yield what changed of those in *sight*, at most once in *every_s*; ends when nobody is any more.

        The first event of a resumed stream is `resync`.
        """
        reader = Reader()
        self._readers.add(reader)
        try:
            if resumed:
                yield ServerSentEvent(event="resync", data="{}", id="0")
            number = 0
            while True:
                subjects = await reader.next()
                scope = sight()
                if not scope:
                    return
                if seen := subjects if _EVERYTHING in subjects else scope.of(subjects):
                    number += 1
                    yield _event(seen, number)
                await asyncio.sleep(every_s)
        finally:
            self._readers.discard(reader)


def _event(subjects: set[str], number: int) -> ServerSentEvent:
    if _EVERYTHING in subjects:
        return ServerSentEvent(event="resync", data="{}", id=str(number))
    return ServerSentEvent(event="changed", data=orjson.dumps({"subjects": sorted(subjects)}).decode(), id=str(number))


router = APIRouter(prefix="/v1", dependencies=[Depends(holder_of(READ_SCORING))])


@router.get(
    "/stream",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}}, 401: PROBLEMS[401], 403: PROBLEMS[403]},
)
async def stream(request: Request) -> EventSourceResponse:
    """
    Tell which subjects changed: events `changed` {"subjects": [...]} and `resync` (look at everything anew).

    Only those that the token may see. When it may see nobody any more, the stream ends.
    """

    def sight() -> Scope:
        try:
            return granted(request, READ_SCORING).scope
        except Problem:
            return Scope()

    hub: Hub = request.app.state.hub
    every_s: float = request.app.state.settings.stream_every_ms / 1000
    resumed = "last-event-id" in request.headers
    return EventSourceResponse(hub.changes(every_s, resumed, sight), ping=15, headers={"X-Accel-Buffering": "no"})
