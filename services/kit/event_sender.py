"""Events of our own processes on their way to ingest."""

from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from services.kit.errors import Refused, Unavailable
from services.kit.failures import passes

_BATCH = {"Content-Type": "application/cloudevents-batch+json"}


async def send_events(client: httpx.AsyncClient, events: Sequence[dict[str, Any]]) -> list[str | None]:
    """
    Have ingest take events; return of each why it was refused, or None, also when it had been taken before.

    Raises Unavailable when sending all again may succeed, Refused when it cannot.
    """
    try:
        answer = await client.post("/v1/events", content=orjson.dumps(list(events)), headers=_BATCH)
    except httpx.HTTPError as exc:
        raise Unavailable(f"Ingest does not answer: {type(exc).__name__}.") from exc
    results = _results(answer)
    if results is not None and len(results) == len(events) and not any(map(passes, map(_status, results))):
        return [_problem(result) for result in results]
    said = f"Ingest answered {answer.status_code}: {answer.text[:300]}"
    if results is not None or passes(answer.status_code):
        raise Unavailable(said)
    raise Refused(said)


def _status(result: dict[str, Any]) -> int:
    return int((result.get("problem") or {}).get("status", 0)) if result["status"] == "rejected" else 0


def _results(answer: httpx.Response) -> list[dict[str, Any]] | None:
    """Return what ingest says of each event, if it does."""
    try:
        results: list[dict[str, Any]] = answer.json()["results"]
        return results if all(result["status"] for result in results) else None
    except (ValueError, LookupError, TypeError):
        return None


def _problem(result: dict[str, Any]) -> str | None:
    """Why an event was refused: status, title and detail, and what is wrong where."""
    if result["status"] != "rejected":
        return None
    problem = result.get("problem") or {}
    said = f"{problem.get('status', '')} {problem.get('title', '')}. {problem.get('detail', '')}".strip()
    wrong = "; ".join(f"{error['pointer']}: {error['detail']}" for error in problem.get("errors", ()))
    return f"{said} {wrong}".strip()
