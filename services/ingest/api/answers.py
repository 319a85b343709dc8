"""Outcomes as the answer to a request."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from fastapi import Response

from schemas.topics import position_key
from services.ingest.domain.candidate import Rejection
from services.ingest.domain.parking import JAKARTA
from services.ingest.intake import position_of
from services.ingest.log import Position
from services.ingest.quotas import TOO_MANY, TRY_LATER
from services.ingest.rights import NOT_ALLOWED
from services.ingest.submission import Name, Outcome, Parked
from services.kit.problems import Problem

NOT_ACCEPTABLE = 422
TOLD_WHOLE = frozenset({NOT_ALLOWED, *TRY_LATER})
"""Statuses of items that are the answer's, too, if all have it."""


def answer(names: Sequence[Name], outcomes: Sequence[Outcome]) -> Response:
    """Return 202 when anything was taken; raises a Problem with the same results when nothing was."""
    results = [_result(name, outcome) for name, outcome in zip(names, outcomes, strict=True)]
    position = {position_key(*place): offset for place, offset in position_of(outcomes).items()}
    rejections = [outcome for outcome in outcomes if isinstance(outcome, Rejection)]
    if len(rejections) == len(outcomes):
        raise _all_rejected(rejections, results)
    content = orjson.dumps({"results": results, "position": position})
    return Response(content, 202, media_type="application/json")


def _result(name: Name, outcome: Outcome) -> Mapping[str, Any]:
    source, event_id, _ = name
    if isinstance(outcome, Position):
        return {"source": source, "id": event_id, "status": "accepted"}
    if isinstance(outcome, Parked):
        return {"source": source, "id": event_id, "status": "parked"}
    return {"source": source, "id": event_id, "status": "rejected", "problem": _problem(outcome)}


def _problem(rejection: Rejection) -> Mapping[str, Any]:
    errors = [{"pointer": problem.pointer, "detail": problem.detail} for problem in rejection.errors]
    return {"status": rejection.status, "title": rejection.title, "detail": rejection.detail, "errors": errors}


def _all_rejected(rejections: Sequence[Rejection], results: Sequence[Mapping[str, Any]]) -> Problem:
    first, *others = {rejection.status for rejection in rejections}
    status = first if first in TOLD_WHOLE and not others else NOT_ACCEPTABLE
    headers = {"Retry-After": str(_until_tomorrow_s(datetime.now(JAKARTA)))} if status == TOO_MANY else None
    detail = (
        rejections[0].detail
        if len(rejections) == 1
        else f"None of the {len(rejections)} events was taken; results says why for each."
    )
    return Problem(status, detail, headers=headers, results=results, position={})


def _until_tomorrow_s(now: datetime) -> int:
    """Return the seconds to the midnight after *now*, at least one; the zone has no other hours than full ones."""
    passed = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
    return int((timedelta(days=1) - passed).total_seconds())
