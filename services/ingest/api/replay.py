"""POST /v1/dead-letters/{id}/replay: a rejected item goes through intake again, mended or as it was."""

import asyncio

import asyncpg
from fastapi import APIRouter, Request, Response

from schemas.envelope import JSON
from services.ingest.api.bodies import read_body
from services.ingest.api.documents import REPLAY_BODY, results_or_problem, taking
from services.ingest.api.events import Door, door_of
from services.ingest.api.reading import Number, letter_row
from services.ingest.modes import STRUCTURED, media_type, structured
from services.ingest.store import dead_letters
from services.kit.access import Client
from services.kit.errors import Unavailable
from services.kit.postgres import GONE
from services.kit.problems import Problem, bearer

router = APIRouter()


@router.post(
    "/v1/dead-letters/{id}/replay",
    status_code=202,
    response_class=Response,
    openapi_extra=REPLAY_BODY,
    responses=taking(400, 401, 403, 404, 408, 413, 415, 503) | results_or_problem(422),
)
async def post_replay(request: Request, number: Number) -> Response:
    """
    Try a rejected event again, with a corrected body or as it was kept, by the rights of the token that asks.

    Answers like POST /v1/events. A replay that is rejected changes nothing and is not kept as another dead letter.
    """
    client = bearer(request, request.app.state.access)
    door = door_of(request)
    with door.in_flight.account() as account:
        body = await read_body(
            request,
            account,
            most=door.settings.ingest_body_limit_bytes,
            within_s=door.settings.ingest_body_timeout_s,
        )
        if body and media_type(request.headers.get("content-type", STRUCTURED)) not in (STRUCTURED, JSON):
            raise Problem(415, f"Send the corrected event as {STRUCTURED}.")
        try:
            async with asyncio.timeout(door.settings.ingest_answer_within_s), door.turns.turn(len(body)):
                return await _replay(door, request.app.state.pool, client, number, body)
        except TimeoutError:
            raise Unavailable("This takes too long right now; send the same again.") from None


async def _replay(door: Door, pool: asyncpg.Pool, client: Client, number: int, body: bytes) -> Response:
    row = await letter_row(pool, number)
    if not body and not row["complete"]:
        raise Problem(422, f"Dead letter {number} was too long to keep whole; send the corrected event as the body.")
    event = body or row["body"]
    answered = await door.take(client, structured(event), origin="replay", keep=False)
    try:
        await dead_letters.mark_replayed(pool, number)
    except GONE as exc:
        raise Unavailable("The event was taken, but not yet marked as replayed; send the same again.") from exc
    return answered
