"""Sending events to ingest like anyone: in batches over HTTP, trying again while it is away, loud when it refuses."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx
import orjson

from services.kit.errors import UserError

PATIENCE_S = 60.0
"""How long one request is tried again before giving up."""
LONGEST_PAUSE_S = 5.0
_BATCH = "application/cloudevents-batch+json"
_TRY_AGAIN = frozenset({429, 502, 503, 504})

Positions = dict[str, int]


def later(known: Mapping[str, int], new: Mapping[str, int]) -> Positions:
    """Return for each partition the greater of two positions."""
    return {part: max(known.get(part, 0), new.get(part, 0)) for part in {*known, *new}}


class Sender:
    """A source's connection to ingest, which remembers how far the log has taken in what it sent."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.positions: Positions = {}
        self.accepted = 0

    async def send(self, events: Sequence[dict[str, Any]]) -> None:
        """
        Send a batch until it is taken.

        Raises:
            UserError: ingest refused an event, or did not answer within PATIENCE_S.
        """
        if not events:
            return
        headers = {"Content-Type": _BATCH}
        answer = await patiently(
            self._client, "POST", "/v1/events", content=orjson.dumps(list(events)), headers=headers
        )
        body = _answered(answer)
        _refuse_rejections(body["results"], events)
        self.positions = later(self.positions, body["position"])
        self.accepted += len(events)


async def patiently(
    client: httpx.AsyncClient, method: str, path: str, *, within_s: float = PATIENCE_S, **request: Any
) -> httpx.Response:
    """Request until there is an answer other than "not now"; raise UserError once *within_s* have passed."""
    give_up = time.monotonic() + within_s
    pause_s = 0.2
    while True:
        try:
            answer = await client.request(method, path, **request)
        except httpx.TransportError as exc:
            problem, asked_s = f"{type(exc).__name__} {exc}".strip(), pause_s
        else:
            if answer.status_code not in _TRY_AGAIN:
                return answer
            problem, asked_s = _detail(answer), _retry_after_s(answer, pause_s)
        if time.monotonic() + asked_s > give_up:
            raise UserError(f"{client.base_url} did not take {method} {path} within {within_s:.0f} s: {problem}")
        await asyncio.sleep(min(asked_s, LONGEST_PAUSE_S))
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _retry_after_s(answer: httpx.Response, otherwise_s: float) -> float:
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isdigit() else otherwise_s


def _detail(answer: httpx.Response) -> str:
    """Return what a problem+json says, or the beginning of any other answer."""
    try:
        problem = answer.json()
        return f"{answer.status_code} {problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:200]}"


def _answered(answer: httpx.Response) -> dict[str, Any]:
    body = orjson.loads(answer.content) if answer.status_code in (202, 422) else {}
    if not isinstance(body, dict) or "results" not in body:
        raise UserError(f"ingest did not take the demo's events: {_detail(answer)}")
    return {"position": {}} | body


def _refuse_rejections(results: Iterable[Mapping[str, Any]], events: Sequence[dict[str, Any]]) -> None:
    rejected = [
        (event, result) for event, result in zip(events, results, strict=True) if result["status"] == "rejected"
    ]
    if rejected:
        event, result = rejected[0]
        raise UserError(
            f"ingest rejected {len(rejected)} of {len(events)} demo events; the first is {event['type']} "
            f"{event['source']}/{event['id']}: {result.get('problem')}"
        )
