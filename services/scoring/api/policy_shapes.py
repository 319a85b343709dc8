"""The shapes of what is told about policies, for the OpenAPI document."""

from copy import deepcopy
from typing import Any, Literal

from pydantic import BaseModel

from services.kit.problems import SCHEMA, TITLES
from services.scoring.api.shapes import PROBLEMS


class ProposalRef(BaseModel):
    """A proposal that stands."""

    source: str
    id: str
    time: str
    proposer: str
    reason: str


class EventName(BaseModel):
    """Source and id of an event."""

    source: str
    id: str


class PublicationRef(BaseModel):
    """A publication that stands, as it was sent: the proposal and the hash are those that it names."""

    source: str
    id: str
    time: str
    proposal: EventName
    sha256: str
    approver: str
    reason: str | None


class ListedPolicy(BaseModel):
    """
    A policy and what became of it.

    Its names are null where there is no readable document; `why` says of a refused one the field and the reason.
    """

    state: Literal["shipped", "proposed", "published", "refused"]
    policy: str | None
    version: int | None
    name: str | None
    sha256: str | None
    subject: str | None
    effective_from: str | None
    proposal: ProposalRef | None
    publication: PublicationRef | None
    why: str | None


class PoliciesAnswer(BaseModel):
    """The shipped policies by name, then those of the log by subject, day and time."""

    known_at: str | None
    policies: list[ListedPolicy]
    position: dict[str, int]


class SoundPolicy(BaseModel):
    """A policy that can be proposed, and what it is known by."""

    valid: Literal[True]
    policy: str
    version: int
    name: str
    sha256: str


_OBJECT: dict[str, Any] = {"type": "object"}
BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _OBJECT}, "application/yaml": {"schema": _OBJECT}},
    }
}
WHOLE: dict[str, Any] = {
    "description": "The whole document as it is hashed, defaults written in: its bytes have the SHA-256 asked for.",
    "content": {"application/json": {"schema": _OBJECT | {"title": "Policy"}}},
}


def _with_lines() -> dict[str, Any]:
    schema = deepcopy(SCHEMA)
    schema["properties"]["errors"]["items"]["properties"]["line"] = {"type": "integer"}
    return schema


JUDGED: dict[int | str, dict[str, Any]] = {
    **{status: PROBLEMS[401] | {"description": f"{TITLES[status]}."} for status in (400, 413, 415)},
    422: {
        "description": "The document is no policy: every mistake with its JSON pointer, of YAML with its line.",
        "content": {"application/problem+json": {"schema": _with_lines()}},
    },
}
