"""POST /v1/events: HTTP to intake and back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request, Response

from schemas.rights import TAKE_ALIASES
from services.ingest.admission import admit_item
from services.ingest.api.answers import answer
from services.ingest.api.bodies import read_body
from services.ingest.api.documents import EVENTS_BODY, taking
from services.ingest.api.http_binding import read_items
from services.ingest.content_modes import Items
from services.ingest.domain.candidate import Candidate, Rejection, Withheld
from services.ingest.limits import InFlight, Turns
from services.ingest.log import Log
from services.ingest.rejections import HTTP
from services.ingest.rights import NOT_ALLOWED
from services.ingest.sealed.sealing import Sealing
from services.ingest.settings import IngestSettings
from services.ingest.submission import Name, Outcome, Submission, count
from services.kit import crashpoints
from services.kit.access import Principal
from services.kit.direct_route import DirectRoute
from services.kit.errors import Unavailable
from services.kit.guards import bearer

BREATH = 50
"""Items validated before others get a turn on the event loop."""

router = APIRouter(route_class=DirectRoute)


@dataclass(frozen=True, slots=True)
class Door:
    """What requests pass through on their way to intake."""

    settings: IngestSettings
    log: Log
    sealing: Sealing
    in_flight: InFlight
    turns: Turns

    @asynccontextmanager
    async def received(self, request: Request, client: Principal) -> AsyncIterator[bytes]:
        """Give the body of *request* when it is its turn to be worked on. Raises Unavailable when that takes long."""
        settings = self.settings
        with self.in_flight.account(client.name) as account:
            body = await read_body(
                request, account, most=settings.ingest_body_limit_bytes, within_s=settings.ingest_body_timeout_s
            )
            try:
                async with asyncio.timeout(settings.ingest_answer_within_s), self.turns.turn(client.name, len(body)):
                    yield body
            except TimeoutError:
                raise Unavailable("This takes too long right now; send the same again.") from None

    async def take(self, client: Principal, items: Items, *, origin: str, keep: bool) -> Response:
        """Take *items* and return the answer, at the latest when the settings say so."""
        submission = await _sorted(client, items, self.settings.latest_time(), origin, keep)
        outcomes = await self._outcomes(submission)
        crashpoints.reached("ingest.answer")
        count(outcomes)
        return answer(submission.names, outcomes)

    async def _outcomes(self, submission: Submission) -> Sequence[Outcome]:
        refused = [item for item in submission.items if isinstance(item, Rejection)]
        kept = submission.keep and any(
            item.status != NOT_ALLOWED and not isinstance(item, Withheld) for item in refused
        )
        if len(refused) == len(submission.items) and not kept:
            return refused
        await self.log.wait_until_up(1)
        return await self.sealing.take(submission)


async def _sorted(client: Principal, items: Items, latest: datetime, origin: str, keep: bool) -> Submission:
    admitted: list[Candidate | Rejection] = []
    names: list[Name] = []
    for index in range(len(items.values)):
        name, item = admit_item(items, index, client, latest)
        names.append(name)
        admitted.append(item)
        if index % BREATH == BREATH - 1:
            await asyncio.sleep(0)
    takes_aliases = client.may(TAKE_ALIASES)
    return Submission(client.name, origin, admitted, items.verbatim, names, keep, takes_aliases)


def door_of(request: Request) -> Door:
    """Return the door of the application that serves *request*."""
    door: Door = request.app.state.door
    return door


@router.post(
    "/v1/events",
    status_code=202,
    response_class=Response,
    openapi_extra=EVENTS_BODY,
    responses=taking(400, 401, 403, 408, 413, 415, 422, 429, 503, 507),
)
async def post_events(request: Request) -> Response:
    """
    Take one event or a batch.

    An event with the source and id of an earlier one and the same content is a duplicate: accepted, and it changes
    nothing. So after a 503 or a broken connection send the same again.
    """
    client = bearer(request)
    door = door_of(request)
    async with door.received(request, client) as body:
        items = read_items(request.headers, body, most=door.settings.ingest_batch_limit)
        return await door.take(client, items, origin=HTTP, keep=True)
