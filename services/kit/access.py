"""
Who may write and read: bearer tokens, hashed at rest, compared in constant time.

The access file is JSON: {"tokens": [{"name", "sha256", "write": [{"source", "type"}], "read": [...]}]};
`source` and `type` are shell patterns, `read` names services or "*". An optional {"topics": {"<topic>": [{"source",
"type"}]}} limits what may come over a topic, where the broker knows who sends; a topic not named there is not limited.
"""

import hashlib
import hmac
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.kit.errors import UserError


def _matches(value: str, pattern: str) -> bool:
    return pattern in ("*", value) or fnmatchcase(value, pattern)


class WriteGrant(BaseModel):
    """Leave to send events whose source and type match these patterns."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str
    type: str


_EVERYTHING = [WriteGrant(source="*", type="*")]


class Writer(BaseModel):
    """Who sends events, and which."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    write: list[WriteGrant] = Field(default_factory=list)

    def may_write(self, source: str, event_type: str) -> bool:
        """Say whether an event of this source and type may be sent."""
        for grant in self.write:  # noqa: SIM110 - asked for every event; a generator would cost more than the answer
            if _matches(source, grant.source) and _matches(event_type, grant.type):
                return True
        return False


class Client(Writer):
    """The holder of one token."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\z")]
    read: list[str] = Field(default_factory=list)

    def may_read(self, service: str) -> bool:
        """Say whether the service's figures may be read."""
        return service in self.read or "*" in self.read


class Access(BaseModel):
    """All clients."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tokens: list[Client]
    topics: dict[str, list[WriteGrant]] = Field(default_factory=dict)

    def client(self, token: str) -> Client | None:
        """Return the holder of *token*, or None. Takes the same time whichever token matches."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        found = None
        for client in self.tokens:
            if hmac.compare_digest(client.sha256, digest):
                found = client
        return found

    def topic(self, name: str) -> Writer:
        """Return whoever writes to the topic *name*; where the file does not limit them they may send everything."""
        return Writer(name=name, write=self.topics.get(name, _EVERYTHING))


def load_access(path: Path) -> Access:
    """Read the access file. Raises UserError naming the file and what is wrong with it."""
    try:
        return Access.model_validate_json(path.read_bytes())
    except OSError as exc:
        raise UserError(f"The access file {path} (KINERJA_TOKENS_FILE) cannot be read: {exc.strerror}.") from exc
    except ValidationError as exc:
        first = exc.errors(include_input=False)[0]
        where = "/".join(map(str, first["loc"]))
        raise UserError(f"The access file {path} is not valid at {where}: {first['msg']}.") from exc
