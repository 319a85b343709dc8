"""
Who may do what, decided here and nowhere else: principal, what they want to do, about whom.

The access file is JSON: {"tokens": [{"name", "sha256", "expires_at"?, "write": [{"source", "type", "subject"?}],
"read": [...], "act": [...]}]}. `source`, `type` and `subject` are shell patterns, `read` names services or "*", `act`
names rights or "*". In place of `sha256` and `expires_at` there may be `keys`, a list of them: the old and the new
token of one holder while they change. An optional {"topics": {"<topic>": {"write": [...], "act": [...]}}}, or only
{"<topic>": [{"source", "type", "subject"?}]}, limits what may come over a topic, where the broker knows who sends; a
topic not named there is not limited.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from schemas.rights import Right
from services.kit.errors import UserError

ALL: Literal["*"] = "*"
SOURCE = "source:"


class Expired(Exception):
    """A token was good until *at*."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


def _matches(value: str, pattern: str) -> bool:
    return pattern in (ALL, value) or fnmatchcase(value, pattern)


class WriteGrant(BaseModel):
    """
    Leave to send events whose source, type and subject match these patterns.

    Without *subject* they may be about anybody, and of the sources about the holder's own: those that some grant names.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str
    type: str
    subject: str | None = None

    def allows(self, source: str, event_type: str) -> bool:
        """Say whether events of this source and type may be sent, about somebody."""
        return _matches(source, self.source) and _matches(event_type, self.type)


class Writer(BaseModel):
    """Who sends events, and which."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    write: list[WriteGrant] = Field(default_factory=list)
    act: list[Right | Literal["*"]] = Field(default_factory=list)

    def may(self, right: Right) -> bool:
        """Say whether this right was given."""
        return right in self.act or ALL in self.act

    def may_send(self, source: str, event_type: str) -> bool:
        """Say whether events of this source and type may be sent, about somebody at least."""
        for grant in self.write:  # noqa: SIM110 - asked for every event; a generator would cost more than the answer
            if grant.allows(source, event_type):
                return True
        return False

    def may_send_all(self, source: str, event_type: str) -> bool:
        """Say whether events of this source and type may be sent about anybody."""
        return any(grant.subject is None and grant.allows(source, event_type) for grant in self.write)

    def may_write(self, source: str, event_type: str, subject: str) -> bool:
        """Say whether an event of this source and type may be sent about *subject*, as it is written there."""
        return any(grant.allows(source, event_type) and self._about(grant, subject) for grant in self.write)

    def subjects(self, source: str, event_type: str) -> tuple[str, ...]:
        """Return the subjects, as patterns, that grants for this source and type are limited to."""
        return tuple(grant.subject for grant in self.write if grant.subject and grant.allows(source, event_type))

    @cached_property
    def about_anybody(self) -> bool:
        """Whether no grant limits subjects, so that only events about sources have to be asked for."""
        return all(grant.subject is None for grant in self.write)

    def _about(self, grant: WriteGrant, subject: str) -> bool:
        if grant.subject is not None:
            return _matches(subject, grant.subject)
        own = subject.removeprefix(SOURCE)
        return own == subject or any(_matches(own, each.source) for each in self.write)


def covers(patterns: tuple[str, ...], subject: str) -> bool:
    """Say whether *subject* is one of those that *patterns*, from `Writer.subjects`, are limited to."""
    return any(_matches(subject, pattern) for pattern in patterns)


class Key(BaseModel):
    """A token, known by its hash, and until when it is good."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\z")]
    expires_at: AwareDatetime | None = None


class Client(Writer):
    """The holder of a token, or of two while they change."""

    keys: Annotated[list[Key], Field(min_length=1)]
    read: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _one_key(cls, given: Any) -> Any:
        """Read `sha256` and `expires_at` as the one key that most holders have."""
        if not isinstance(given, dict) or "keys" in given:
            return given
        key = {name: given[name] for name in ("sha256", "expires_at") if name in given}
        return {name: value for name, value in given.items() if name not in key} | {"keys": [key]}

    def may_read(self, service: str) -> bool:
        """Say whether the service's figures may be read."""
        return service in self.read or ALL in self.read


class TopicRights(BaseModel):
    """What may come over a topic."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    write: list[WriteGrant] = Field(default_factory=list)
    act: list[Right | Literal["*"]] = Field(default_factory=list)


_UNLIMITED = TopicRights(write=[WriteGrant(source=ALL, type=ALL)], act=[ALL])


@dataclass(frozen=True, slots=True)
class _Held:
    digest: str
    expires_at: datetime | None
    client: Client


class Access(BaseModel):
    """All principals."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tokens: list[Client]
    topics: dict[str, TopicRights] = Field(default_factory=dict)

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

    def client(self, token: str, now: datetime) -> Client | None:
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
        return found.client if found else None

    @cached_property
    def _held(self) -> tuple[_Held, ...]:
        return tuple(self._keys())

    def _keys(self) -> Iterator[_Held]:
        for client in self.tokens:
            for key in client.keys:
                yield _Held(key.sha256, key.expires_at, client)

    def topic(self, name: str) -> Writer:
        """Return whoever writes to the topic *name*; where the file does not limit them they may send everything."""
        if name not in self._writers:
            rights = self.topics.get(name, _UNLIMITED)
            self._writers[name] = Writer(name=name, write=rights.write, act=rights.act)
        return self._writers[name]

    @cached_property
    def _writers(self) -> dict[str, Writer]:
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
