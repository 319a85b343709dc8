"""POST /v1/dead-letters/{id}/replay: a rejected item goes through intake again, mended or as it was."""

from typing import Any

import asyncpg
import orjson
from fastapi import APIRouter, Request, Response

from schemas.envelope import JSON
from schemas.rights import REPLAY
from services.ingest.api.documents import REPLAY_BODY, results_or_problem, taking
from services.ingest.api.events import Door, door_of
from services.ingest.api.reading import Number, find_letter, no_letter
from services.ingest.content_modes import STRUCTURED, media_type, structured
from services.ingest.rejections import is_own, may_see
from services.ingest.store import dead_letters
from services.ingest.submission import names_of
from services.kit.access import Principal
from services.kit.direct_route import DirectRoute
from services.kit.failures import or_database_unavailable
from services.kit.guards import bearer
from services.kit.problems import Problem

router = APIRouter(route_class=DirectRoute)


@router.post(
    "/v1/dead-letters/{id}/replay",
    status_code=202,
    response_class=Response,
    openapi_extra=REPLAY_BODY,
    responses=taking(400, 401, 403, 404, 408, 413, 415, 429, 503, 507) | results_or_problem(422),
)
async def post_replay(request: Request, number: Number) -> Response:
    """
    Try a rejected event again, with a corrected body or as it was kept, by the rights of the token that asks.

    One's own letters, or with the right `dead-letters:replay` all that may be seen. A corrected body is the same event:
    it has the letter's source and id. Answers like POST /v1/events. A replay that is rejected changes nothing and is
    not kept as another dead letter.
    """
    client = bearer(request)
    door = door_of(request)
    async with door.received(request, client) as body:
        if body and media_type(request.headers.get("content-type", STRUCTURED)) not in (STRUCTURED, JSON):
            raise Problem(415, f"Send the corrected event as {STRUCTURED}.")
        return await _replay(door, request.app.state.readers, client, number, body)


async def _replay(door: Door, pool: asyncpg.Pool, client: Principal, number: int, body: bytes) -> Response:
    row = await _letter_for(client, pool, number)
    if not body and not row["complete"]:
        raise Problem(422, f"Dead letter {number} was too long to keep whole; send the corrected event as the body.")
    event = body or row["body"]
    items = structured(event)
    if body:
        _check_same(row, items.values[0])
    answered = await door.take(client, items, origin="replay", keep=False)
    with or_database_unavailable("The event was taken, but not yet marked as replayed; send the same again."):
        await dead_letters.mark_replayed(pool, number)
    return answered


async def _letter_for(client: Principal, pool: asyncpg.Pool, number: int) -> asyncpg.Record:
    """
    Return the letter if it is the client's own, or one that it may see and has the right to replay.

    Raises a Problem: 403 without the right, 404 for one that it may not see.
    """
    row = await find_letter(pool, number)
    if row is None or not may_see(client, row):
        raise no_letter(number)
    if not (is_own(client, row) or client.may(REPLAY)):
        detail = f"Dead letter {number} is of another client; replaying it needs the right {REPLAY}."
        raise Problem(403, detail, results=[], position={})
    return row


def _check_same(row: asyncpg.Record, corrected: Any) -> None:
    """
    Check that the body is the letter's event; raises a 422 Problem.

    What could not be read of its source and id, and what was wrong with them, may be mended.
    """
    source, event_id, _ = names_of(corrected)
    wrong = {problem["pointer"] for problem in orjson.loads(row["problems"])}
    kept = (("source", row["source"], source), ("id", row["event_id"], event_id))
    errors = [
        {"pointer": f"/{name}", "detail": f"The letter's event has the {name} {was!r}."}
        for name, was, now in kept
        if was is not None and was != now and f"/{name}" not in wrong
    ]
    if errors:
        detail = "This is another event than the dead letter's: mend that one, or send this one to POST /v1/events."
        raise Problem(422, detail, errors=errors)
