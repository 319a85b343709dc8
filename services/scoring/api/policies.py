"""Policies over HTTP: which there are, one of them, and whether a document is one."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.requests import ClientDisconnect

from schemas.policy.identity import sha256_of
from schemas.policy.refusals import InvalidPolicy, read_policy
from schemas.policy.text import Source, read_json, read_source
from services.kit.direct_route import DirectRoute
from services.kit.problems import Problem
from services.scoring.api.policy_shapes import BODY, JUDGED, WHOLE, PoliciesAnswer, SoundPolicy
from services.scoring.api.questions import AskedPolicies, AskedPolicy
from services.scoring.api.routes import Reader, answers_of, or_not_found
from services.scoring.api.shapes import PROBLEMS
from services.scoring.reading.beside import OneAtATime
from services.scoring.reading.policies import PolicyAnswers

router = APIRouter(prefix="/v1/policies", responses=PROBLEMS, route_class=DirectRoute)

Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="What the policy is known by.")]
MOST_JSON, MOST_YAML = 524_288, 131_072
"""Bytes of a document; ten times a shipped one and more. YAML takes some 10 microseconds a byte to read."""
_READING = OneAtATime("policies", most=20)
"""Reading a document keeps a core busy."""
_UNREAD = Source(None, {})
_KINDS = {
    "application/json": "json",
    **dict.fromkeys(("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"), "yaml"),
}


@router.get("", response_model=PoliciesAnswer)
async def policies(request: Request, reader: Reader, asked: Annotated[AskedPolicies, Query()]) -> Response:
    """List every policy: shipped, proposed, published, and refused and why."""
    answers = await answers_of(request, asked.at_least)
    return await or_not_found(PolicyAnswers(answers).listed(asked.known_at))


@router.get("/{sha256}", responses={200: WHOLE}, response_class=Response)
async def policy(request: Request, reader: Reader, sha256: Sha256, asked: Annotated[AskedPolicy, Query()]) -> Response:
    """Show a whole policy, shipped or proposed, as it is hashed."""
    answers = await answers_of(request, asked.at_least)
    return await or_not_found(PolicyAnswers(answers).whole(sha256))


@router.post("/validate", response_model=SoundPolicy, openapi_extra=BODY, responses=JUDGED)
async def validate(request: Request, reader: Reader) -> Response:
    """
    Say whether a document, JSON or YAML, could be proposed, and by which hash it would be known.

    Every mistake at once: where, how to mend it, and the line in YAML. Nothing is kept.
    """
    kind, body = await _body(request)
    judged = await _READING.work(lambda: _judged(kind, body))
    return Response(orjson.dumps(judged), media_type="application/json")


async def _body(request: Request) -> tuple[str, bytes]:
    """Return what the document is written in, and its bytes. Raises a Problem: 400, 413, 415."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind = _KINDS.get(media_type)
    if kind is None or request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "Send the document as it is, as application/json or application/yaml.")
    try:
        body = await request.body()
    except ClientDisconnect:
        raise Problem(400, "The body broke off before its end.") from None
    most = MOST_JSON if kind == "json" else MOST_YAML
    if len(body) > most:
        raise Problem(413, f"A policy has at most {MOST_YAML:,} bytes of YAML, or {MOST_JSON:,} of JSON.")
    return kind, body


def _judged(kind: str, body: bytes) -> dict[str, Any]:
    """Return what a sound policy is known by. Raises a 422 Problem with all that is wrong."""
    source = _UNREAD
    try:
        source = read_source(body) if kind == "yaml" else Source(read_json(body), {})
        policy = read_policy(source.document)
    except InvalidPolicy as exc:
        raise _mistakes(exc, source) from None
    names = {"policy": policy.policy, "version": policy.version, "name": policy.name}
    return {"valid": True, **names, "sha256": sha256_of(policy)}


def _mistakes(found: InvalidPolicy, source: Source) -> Problem:
    errors = [
        {"pointer": each.pointer, "detail": each.detail}
        | ({"line": source.line_of(each.pointer)} if source.lines else {})
        for each in found.problems
    ]
    count = "one mistake" if len(errors) == 1 else f"{len(errors):,} mistakes"
    return Problem(422, f"The policy has {count}; `errors` says where and how to mend each.", errors=errors)
