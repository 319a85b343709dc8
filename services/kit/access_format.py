"""
The access file, read into principals.

JSON: {"tokens": [{"name", "sha256", "expires_at"?, "write": [{"source", "type", "subject"?}], "read": [...],
"act": [...]}]}. `source`, `type` and `subject` are shell patterns; `read` names services or "*", `act` rights or "*";
{"service", "subject"} or {"right", "subject"} in place of a name gives it about those subjects alone. In place of
`sha256` and `expires_at` there may be `keys`, a list of them: the old and the new token of one holder while they
change. An optional {"topics": {"<topic>": {"write": [...], "act": [...]}}}, or only {"<topic>": [{"source", "type",
"subject"?}]}, limits what may come over a topic, where the broker knows who sends; a topic not named there is not
limited.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Protocol, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from schemas.rights import ACTS, READS, SEND, Right
from services.kit.access import ALL, Grant, Principal
from services.kit.errors import UserError


class Expired(Exception):
    """A token was good until *at*."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WriteEntry(_Entry):
    """
    Leave to send events whose source, type and subject match these patterns.

    Without *subject* they may be about anybody, and of the sources about the holder's own: those that some entry names.
    """

    source: str
    type: str
    subject: str | None = None


class ReadEntry(_Entry):
    """Leave to read a service, about all or some; of one that nobody knows it gives nothing."""

    service: str
    subject: str = ALL

    @model_validator(mode="after")
    def _can_be_limited(self) -> Self:
        _check_limit(self.service, self.subject, READS)
        return self


class ActEntry(_Entry):
    """Leave to change something, about all or some."""

    right: str
    subject: str = ALL

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.right != ALL and self.right not in ACTS:
            *names, last = (repr(name) for name in (*ACTS, ALL))
            told = {"names": ", ".join(names), "last": last}
            raise PydanticCustomError("right", "Input should be {names} or {last}", told)
        _check_limit(self.right, self.subject, ACTS)
        return self


def _check_limit(name: str, subject: str, rights: Mapping[str, Right]) -> None:
    if subject != ALL and not (name in rights and "subject" in rights[name].limits):
        raise PydanticCustomError("limit", "{name} cannot be given about some subjects only", {"name": name})


def _named(member: str, given: Any) -> Any:
    return {member: given} if isinstance(given, str) else given


Reads = list[Annotated[ReadEntry, BeforeValidator(partial(_named, "service"))]]
Acts = list[Annotated[ActEntry, BeforeValidator(partial(_named, "right"))]]


class TopicEntry(_Entry):
    """What may come over a topic."""

    write: list[WriteEntry] = Field(default_factory=list)
    act: Acts = Field(default_factory=list)

    @property
    def grants(self) -> Iterator[Grant]:
        """The grants that this gives."""
        for entry in self.write:
            yield Grant(SEND, entry.model_dump(exclude_none=True))
        for act in self.act:
            yield from _grants(act.right, act.subject, ACTS)


class KeyEntry(_Entry):
    """A token, known by its hash, and until when it is good."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\z")]
    expires_at: AwareDatetime | None = None


class TokenEntry(TopicEntry):
    """The holder of a token, or of two while they change, and what it may do."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    keys: Annotated[list[KeyEntry], Field(min_length=1)]
    read: Reads = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _one_key(cls, given: Any) -> Any:
        """Read `sha256` and `expires_at` as the one key that most holders have."""
        if not isinstance(given, dict) or "keys" in given:
            return given
        key = {name: given[name] for name in ("sha256", "expires_at") if name in given}
        return {name: value for name, value in given.items() if name not in key} | {"keys": [key]}

    @cached_property
    def principal(self) -> Principal:
        """The holder."""
        reads = (grant for entry in self.read for grant in _grants(entry.service, entry.subject, READS))
        return Principal(self.name, (*self.grants, *reads))


def _grants(name: str, subject: str, rights: Mapping[str, Right]) -> Iterator[Grant]:
    """Yield what an entry gives by its name: one right, all, or none where nobody knows it."""
    limits = {} if subject == ALL else {"subject": subject}
    for known, right in rights.items():
        if name in (known, ALL):
            yield Grant(right, limits)


_UNLIMITED = TopicEntry.model_validate({"write": [{"source": ALL, "type": ALL}], "act": [ALL]})


@dataclass(frozen=True, slots=True)
class _Held:
    digest: str
    expires_at: datetime | None
    principal: Principal


class Access(_Entry):
    """All principals."""

    tokens: list[TokenEntry]
    topics: dict[str, TopicEntry] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _grants_only(cls, given: Any) -> Any:
        """Read the list of grants of a topic as rights without `act`."""
        topics = given.get("topics") if isinstance(given, dict) else None
        if not isinstance(topics, dict):
            return given
        named = {name: {"write": rights} if isinstance(rights, list) else rights for name, rights in topics.items()}
        return given | {"topics": named}

    def current(self) -> "Access":
        """Return itself: rights that do not change."""
        return self

    def holder(self, token: str, now: datetime) -> Principal | None:
        """
        Return the holder of *token*, or None. Takes the same time whichever token matches.

        Raises Expired when it was good until some moment before *now*.
        """
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        found = None
        for held in self._held:
            if hmac.compare_digest(held.digest, digest):
                found = held
        if found and found.expires_at and found.expires_at <= now:
            raise Expired(found.expires_at)
        return found.principal if found else None

    @cached_property
    def _held(self) -> tuple[_Held, ...]:
        return tuple(_Held(key.sha256, key.expires_at, token.principal) for token in self.tokens for key in token.keys)

    def topic(self, name: str) -> Principal:
        """Return whoever writes to the topic *name*; where the file does not limit them they may send everything."""
        if name not in self._writers:
            self._writers[name] = Principal(name, tuple(self.topics.get(name, _UNLIMITED).grants))
        return self._writers[name]

    @cached_property
    def _writers(self) -> dict[str, Principal]:
        return {}


class InForce(Protocol):
    """Where the rights in force are found: they may have changed since they were last asked for."""

    def current(self) -> Access:
        """Return the rights in force now."""


def read_access(content: bytes, path: Path) -> Access:
    """Return what *content*, read from *path*, says. Raises UserError naming the file and what is wrong with it."""
    try:
        return Access.model_validate_json(content)
    except ValidationError as exc:
        first = exc.errors(include_input=False)[0]
        where = "/".join(map(str, first["loc"]))
        raise UserError(f"The access file {path} is not valid at {where}: {first['msg']}.") from None
