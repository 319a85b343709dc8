"""Which items of a submission are kept as dead letters, and what is kept of them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import asyncpg
import orjson

from schemas.rights import READ_INGEST
from services.ingest.domain.candidate import Rejection, Withheld
from services.ingest.quotas import TRY_LATER, Quotas, Room
from services.ingest.rights import NOT_ALLOWED, sending_of
from services.ingest.store import dead_letters, intake
from services.ingest.store.dead_letters import DeadLetter
from services.ingest.submission import Submission, names_of
from services.kit.access import Principal

LONGEST_BODY = 262_144
"""Bytes kept of a rejected item; no valid event is longer by much, and a longer one needs a corrected body anyway."""

HTTP, PARKED, UNKNOWN = "http", "parked", "unknown"
"""Origins: a request, an event that waited. Client of one that was parked before its client was kept."""
OWN_ORIGINS = frozenset({HTTP, PARKED})
"""Where a letter's client is the name of a token; elsewhere it is that of a topic."""


def is_own(client: Principal, letter: asyncpg.Record) -> bool:
    """Say whether *client* sent what became this letter."""
    return letter["client"] == client.name and letter["origin"] in OWN_ORIGINS


def may_see(client: Principal, letter: asyncpg.Record) -> bool:
    """
    Say whether *client* may read a letter: its own, those it might have sent, whoever did, or all by the right to read.

    Of a letter is known what source and type it says it has, not whom it is about: a grant limited to subjects opens
    none of others.
    """
    source, event_type = letter["source"], letter["type"]
    sends = source is not None and event_type is not None and sending_of(client).about_all(source, event_type)
    return sends or is_own(client, letter) or client.may(READ_INGEST)


class Rejected(NamedTuple):
    """A dead letter to be kept, and the outcome, in its place among its request's, that it is about."""

    outcomes: list[Any]
    place: int
    letter: DeadLetter


def letters_of(submission: Submission, outcomes: Sequence[object]) -> Iterable[tuple[int, DeadLetter]]:
    """Yield the dead letters of *submission* with their places: all its rejections, as far as it asks for that."""
    if not submission.keep:
        return
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Rejection) and _is_kept(outcome, submission):
            yield index, _letter(submission, index, outcome)


def _is_kept(rejection: Rejection, submission: Submission) -> bool:
    """What has no room, or comes too often, is sent again later; of a missing right whoever is answered has heard."""
    if rejection.status in TRY_LATER or isinstance(rejection, Withheld):
        return False
    return rejection.status != NOT_ALLOWED or submission.keep_not_allowed


def _letter(submission: Submission, index: int, rejection: Rejection) -> DeadLetter:
    body = submission.verbatim(index)
    source, event_id, event_type = submission.names[index]
    return DeadLetter(
        client=submission.client,
        origin=submission.origin,
        source=source,
        event_id=event_id,
        type=event_type,
        reason=rejection.detail,
        problems=[{"pointer": problem.pointer, "detail": problem.detail} for problem in rejection.errors],
        body=body[:LONGEST_BODY],
        complete=len(body) <= LONGEST_BODY,
    )


async def with_room(conn: asyncpg.Connection, rejected: Sequence[Rejected], quotas: Quotas) -> list[DeadLetter]:
    """Return the letters that may be kept, each content once; the outcomes of the others tell that there is no room."""
    held = await intake.held(conn, {each.letter.client for each in rejected})
    room = Room(quotas.dead_letters, {client: here.dead_letters for client, here in held.items()}, "dead_letters")
    known = await dead_letters.kept(conn, [each.letter for each in rejected])
    kept: dict[bytes, DeadLetter] = {}
    for outcomes, place, letter in rejected:
        content = letter.content
        if content in kept or content in known or room.take(letter.client):
            kept[content] = letter
        else:
            outcomes[place] = quotas.letters_full(outcomes[place])
    return list(kept.values())


def letter_of_parked(event: bytes, client: str | None, reason: str) -> DeadLetter:
    """Return the dead letter of an event that waited, and does not go to the log after all."""
    source, event_id, event_type = names_of(orjson.loads(event))
    return DeadLetter(client or UNKNOWN, PARKED, source, event_id, event_type, reason, [], event, complete=True)
