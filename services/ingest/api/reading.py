"""GETs for people: dead letters, what is parked, and names."""

import asyncio
from typing import Annotated, Any, Literal

import asyncpg
import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from schemas.rights import DISCARD, READ_INGEST, READ_PEOPLE, SEND
from services.ingest import metrics
from services.ingest.api import shapes
from services.ingest.api.documents import problems
from services.ingest.rejections import OWN_ORIGINS, may_see
from services.ingest.rights import sending_of
from services.ingest.store import dead_letters, directory
from services.kit.access import Principal
from services.kit.failures import or_database_unavailable
from services.kit.guards import Granted, bearer, granted, holder_of
from services.kit.problems import Problem

MOST_PEOPLE = 200
READ_WITHIN_S = 4.5
LARGEST_NUMBER = 2**63 - 1

router = APIRouter(responses=problems(401, 403, 422, 503))
Number = Annotated[int, Path(alias="id", ge=1, le=LARGEST_NUMBER)]
After = Annotated[int, Query(ge=0, le=LARGEST_NUMBER, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Most entries of a page.")]
READER = Depends(holder_of(READ_INGEST))
Discarder = Annotated[Granted, Depends(holder_of(DISCARD))]
NameReader = Annotated[Granted, Depends(holder_of(READ_PEOPLE))]


def _pool(request: Request) -> asyncpg.Pool:
    pool: asyncpg.Pool = request.app.state.readers
    return pool


async def _sender_or_reader(request: Request) -> Principal:
    """Let through who may see letters: all of them, or at least their own."""
    client = bearer(request)
    return client if client.granted(SEND) else granted(request, READ_INGEST).principal


Seer = Annotated[Principal, Depends(_sender_or_reader)]


@router.get("/v1/dead-letters", response_model=shapes.DeadLetters)
async def get_dead_letters(
    request: Request,
    client: Seer,
    after: After = 0,
    limit: Limit = 100,
    state: Literal["open", "replayed"] | None = None,
) -> Response:
    """
    List rejected items with reason and JSON pointer, oldest first.

    Who may read ingest sees all; who may only send, what it sent and what has a source and type that it may send.
    """
    pool = _pool(request)
    if client.may(READ_INGEST):
        rows = await _read(dead_letters.page(pool, after, state, limit))
    else:
        sending = sending_of(client)
        sent = [kind for kind in await _read(dead_letters.kinds(pool)) if sending.about_all(*kind)]
        rows = await _read(dead_letters.page_of(pool, after, state, limit, (client.name, OWN_ORIGINS), sent))
    return _json({"dead_letters": [_letter(row) for row in rows], "next": _next(rows, "id", limit)})


@router.get(
    "/v1/dead-letters/{id}",
    response_model=shapes.DeadLetterWithBody,
    responses=problems(404),
)
async def get_dead_letter(request: Request, number: Number, client: Seer) -> Response:
    """Show one rejected item with the body as it was sent; 404 for one that the list does not have for this token."""
    row = await find_letter(_pool(request), number)
    if row is None or not may_see(client, row):
        raise no_letter(number)
    return _json({**_letter(row), "body": row["body"].decode("utf-8", "replace")})


async def find_letter(pool: asyncpg.Pool, number: int) -> asyncpg.Record | None:
    """Return a dead letter with its body, if there is one."""
    row: asyncpg.Record | None = await _read(dead_letters.one(pool, number))
    return row


def no_letter(number: int) -> Problem:
    """Return the answer about a letter that is not there, as far as the client may know."""
    return Problem(404, f"There is no dead letter {number}; GET /v1/dead-letters lists them.")


@router.get("/v1/parked", dependencies=[READER], response_model=shapes.ParkedEvents)
async def get_parked(request: Request, after: After = 0, limit: Limit = 100) -> Response:
    """List events that wait, and what for, oldest first."""
    rows = await _read(directory.parked(_pool(request), after, limit))
    return _json({"parked": [_parked(row) for row in rows], "next": _next(rows, "number", limit)})


@router.get(
    "/v1/parked/{id}", dependencies=[READER], response_model=shapes.ParkedEventWithBody, responses=problems(404)
)
async def get_parked_event(request: Request, number: Number) -> Response:
    """Show one event that waits, as it was sent, or one that was discarded, with the reason."""
    return _json(_whole(await _parked_row(_pool(request), number)))


@router.post(
    "/v1/parked/{id}/discard",
    dependencies=[READER],
    response_model=shapes.ParkedEventWithBody,
    responses=problems(404),
)
async def post_discard(request: Request, number: Number, given: shapes.Discarding, discarder: Discarder) -> Response:
    """
    Discard an event that will never be placed; it is kept with the reason, and its identity stays taken.

    Whoever sends it again is told the reason (409). The same request again changes nothing; the first reason stands.
    """
    pool = _pool(request)
    row = await _parked_row(pool, number)
    if row["discarded_at"] is None:
        gone: bool = await _read(directory.discard(pool, number, discarder.principal.name, given.reason))
        if gone:
            metrics.DISCARDED.inc()
        row = await _parked_row(pool, number)
    return _json(_whole(row))


async def _parked_row(pool: asyncpg.Pool, number: int) -> asyncpg.Record:
    row: asyncpg.Record | None = await _read(directory.parked_or_discarded(pool, number))
    if row is None:
        raise Problem(404, f"No event waits under {number}, or it was released by now; GET /v1/parked lists them.")
    return row


@router.get("/v1/people", response_model=shapes.People)
async def get_people(
    request: Request,
    reader: NameReader,
    ids: Annotated[str, Query(description=f"Up to {MOST_PEOPLE} employee ids, separated by commas.")],
) -> Response:
    """Give the names of employees. Needs the right to read `people`."""
    wanted = [found for part in ids.split(",") if (found := part.strip())]
    if not 1 <= len(wanted) <= MOST_PEOPLE:
        raise Problem(422, f"ids names 1 to {MOST_PEOPLE} employees, separated by commas.")
    if "\0" in ids:
        raise Problem(422, "ids has a character that no employee id can have.")
    seen = [code for code in dict.fromkeys(wanted) if reader.scope.has(f"employee:{code}")]
    names = await _read(directory.names(_pool(request), seen))
    return _json({"people": [{"id": code, "name": names[code]} for code in seen if code in names]})


async def _read(query: Any) -> Any:
    with or_database_unavailable():
        async with asyncio.timeout(READ_WITHIN_S):
            return await query


def _letter(row: asyncpg.Record) -> shapes.Json:
    errors = orjson.loads(row["problems"])
    return {
        "id": row["id"],
        "received_at": row["received_at"].isoformat(),
        "client": row["client"],
        "origin": row["origin"],
        "event": {"source": row["source"], "id": row["event_id"], "type": row["type"]},
        "reason": row["reason"],
        "pointer": errors[0]["pointer"] if errors else None,
        "errors": errors,
        "complete": row["complete"],
        "state": row["state"],
    }


def _whole(row: asyncpg.Record) -> shapes.Json:
    discarded = None
    if row["discarded_at"] is not None:
        discarded = {"at": row["discarded_at"].isoformat(), "client": row["client"], "reason": row["reason"]}
    state = "parked" if discarded is None else "discarded"
    return {**_parked(row), "state": state, "body": row["event"].decode(), "discarded": discarded}


def _parked(row: asyncpg.Record) -> shapes.Json:
    event = orjson.loads(row["event"])
    return {
        "id": row["number"],
        "event": {name: event[name] for name in ("source", "id", "type")},
        "waits_for": row["waits_for"],
        "parked_at": row["parked_at"].isoformat(),
    }


def _next(rows: list[asyncpg.Record], key: str, limit: int) -> int | None:
    return rows[-1][key] if len(rows) == limit else None


def _json(content: shapes.Json) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")
