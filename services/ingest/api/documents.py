"""What OpenAPI says of the statuses, and of bodies that are read raw."""

from typing import Any

from services.ingest.api.shapes import NothingTaken, ProblemDetails, Taken
from services.kit.problems import TITLES

Responses = dict[int | str, dict[str, Any]]

_MEANINGS = {
    400: "The body is not JSON, the batch is empty, or ce-* headers are unusable.",
    401: "There is no valid bearer token.",
    403: "This token may not do that.",
    404: "There is no such thing.",
    408: "The body took too long to arrive.",
    413: "The body is too long, or the batch has too many events.",
    415: "This media type is not taken.",
    422: "A parameter is missing or wrong; where events were sent: none was taken, `results` says why for each item.",
    429: "This client has sent as many new events today as it may; `results` says so for each item.",
    503: "The log or the database does not answer within 5 s, or too much is under way. A retry is safe.",
    507: "Too many events of this client wait, or too many of its dead letters are kept; `results` says which.",
}
_WITH_RESULTS = (403, 422, 429, 507)
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def problems(*statuses: int) -> Responses:
    """Describe error answers as problem+json."""
    return {status: _problem(status, ProblemDetails) for status in statuses}


def taking(*statuses: int) -> Responses:
    """Describe the answers of what takes events."""
    described: Responses = {202: {"model": Taken, "description": "At least one event was taken."}}
    for status in statuses:
        described[status] = _problem(status, NothingTaken if status in _WITH_RESULTS else ProblemDetails)
    return described


def results_or_problem(status: int) -> Responses:
    """Describe an error answer that has results only where it got as far as judging the event."""
    described = _problem(status, ProblemDetails)
    both = {"anyOf": [_schema(NothingTaken), _schema(ProblemDetails)]}
    return {status: described | {"content": {"application/problem+json": {"schema": both}}}}


def _problem(status: int, model: type[ProblemDetails]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": f"{TITLES[status]}. {_MEANINGS[status]}",
        "content": {"application/problem+json": {"schema": _schema(model)}},
    }
    return described | ({"headers": _RETRY_AFTER} if status in (429, 503) else {})


def _schema(model: type[ProblemDetails]) -> dict[str, Any]:
    """Return a schema with nothing to refer to: FastAPI collects definitions of its own models only."""
    schema = model.model_json_schema(ref_template="{model}")
    definitions = schema.pop("$defs", {})

    def inlined(node: Any) -> Any:
        if isinstance(node, dict):
            return inlined(definitions[node["$ref"]]) if "$ref" in node else {k: inlined(v) for k, v in node.items()}
        return [inlined(item) for item in node] if isinstance(node, list) else node

    inline: dict[str, Any] = inlined(schema)
    return inline


_EVENT = {"type": "object", "description": "A CloudEvent 1.0; each type has its JSON Schema in `schemas/json/`."}
EVENTS_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": _EVENT},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "minItems": 1, "items": _EVENT}},
            "application/json": {
                "schema": {"type": "object", "description": "Binary mode: the data; attributes are in ce-* headers."}
            },
        },
    }
}
REPLAY_BODY = {
    "requestBody": {
        "required": False,
        "description": "The corrected event; without it the kept one is tried again.",
        "content": {"application/cloudevents+json": {"schema": _EVENT}},
    }
}
