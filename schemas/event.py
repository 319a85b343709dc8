"""
One event as it travels: a CloudEvent 1.0 in structured JSON, checked against its type.

`read_event` is the only door; what it lets through satisfies the whole contract of the type.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.corrections import EventContested, EventVoided
from schemas.envelope import JSON_MEDIA_TYPE, Envelope, check_envelope, unpacked
from schemas.fields import FORMS, Record, has_code_of_dots
from schemas.problems import InvalidEvent, Problem, pointer
from schemas.registry import CONTESTABLE, EVENT_TYPES, REGISTRATIONS, UNVOIDABLE, VOID, EventType
from schemas.subjects import WORDS, subject_kind
from schemas.upcasting import newest
from schemas.uris import URI_REFERENCE

__all__ = ["Envelope", "Event", "InvalidEvent", "Problem", "read_event", "subject_kind"]

_SUBJECTS = {name: re.compile(contract.subject_form) for name, contract in EVENT_TYPES.items()}
DEEPEST = 16
RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True, slots=True)
class Event:
    """A valid event: its envelope, its type's contract and its typed data."""

    envelope: Envelope
    contract: EventType
    data: Record

    @property
    def type(self) -> str:
        return self.envelope.type

    @property
    def subject(self) -> str:
        return self.envelope.subject

    @property
    def topic(self) -> str:
        """The canonical topic."""
        return topic_of(self.canonical())

    def with_data(self, data: Record, subject: str) -> "Event":
        """Return the event with other data and subject, as ingest does when it resolves aliases."""
        return replace(self, data=data, envelope=self.envelope.model_copy(update={"subject": subject}))

    def canonical(self) -> dict[str, Any]:
        """Return the structured CloudEvent as it stands on the log; what is left out or null is absent."""
        head = {
            name: int(value) if isinstance(value, float) else value
            for name, value in self.envelope
            if value is not None and name != "data"
        }
        head["time"] = self.envelope.time.isoformat()
        return {**head, "data": self.data.model_dump(mode="json", by_alias=True, exclude_none=True)}


def topic_of(canonical: Mapping[str, Any]) -> str:
    """Return the topic of an event as it stands on the log; a void goes where its target went."""
    event_type = canonical["type"]
    topic = EVENT_TYPES[newest(canonical["data"]["voided"]["type"]) if event_type == VOID else event_type].topic
    assert topic is not None
    return topic


def read_event(raw: Any) -> Event:
    """
    Check *raw*, a decoded JSON value, against the contract.

    Nulls are the same as left out. Raises InvalidEvent with every problem found.
    """
    if not isinstance(raw, dict):
        raise InvalidEvent(
            [Problem("", "an event is a JSON object; wrap several in an array and send them as a batch")]
        )
    envelope = _validated(Envelope, _without_nulls(unpacked(raw)), "")
    check_envelope(envelope)
    contract = _contract(envelope.type)
    _check_subject(envelope, contract)
    data = _validated(contract.data, envelope.data, "/data")
    _check_reference(data)
    return Event(envelope, contract, data)


def _without_nulls(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise InvalidEvent([Problem("", f"the event is nested more than {DEEPEST} levels deep; no type needs that")])
    if isinstance(value, dict):
        return {key: _without_nulls(item, depth + 1) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item, depth + 1) for item in value]
    return value


def _validated(model: type[RecordT], value: Any, at: str) -> RecordT:
    try:
        return model.model_validate(value)
    except ValidationError as exc:
        raise InvalidEvent(
            [_problem(error, at, value) for error in exc.errors(include_url=False, include_input=False)]
        ) from None


def _problem(error: Any, at: str, value: Any) -> Problem:
    return Problem(at + pointer(*_path(error["loc"], value)), _words(error))


def _words(error: Any) -> str:
    if error["type"] == "string_pattern_mismatch":
        return _WORDS_OF_PATTERNS[error["ctx"]["pattern"]]
    return _WORDS.get(error["type"]) or _plainly(error["msg"])


def _path(loc: tuple[Any, ...], value: Any) -> list[Any]:
    """Leave out of pydantic's *loc* the names of union members, which are no steps into the event."""
    path = []
    for number, step in enumerate(loc, 1):
        inside = value[step] if _has(value, step) else None
        if inside is not None or number == len(loc):
            path.append(step)
            value = inside
    return path


def _has(value: Any, step: Any) -> bool:
    return (isinstance(value, dict) and step in value) or (
        isinstance(value, list) and isinstance(step, int) and step < len(value)
    )


def _plainly(message: str) -> str:
    return (
        message.removeprefix("Value error, ")
        .replace("Input should", "the value must")
        .replace("String should", "the text must")
    )


_WORDS_OF_PATTERNS = FORMS | {
    URI_REFERENCE: "write a URI reference (RFC 3986) of at most 128 characters, such as terminal-7 or /pemkot/absensi; "
    "percent-encode spaces and letters outside ASCII",
    JSON_MEDIA_TYPE: "the data is JSON: application/json, or another type that ends in +json",
}
_WORDS = {
    "missing": "this field is required",
    "union_tag_invalid": "the scheme of an alias is nip or badge",
    "union_tag_not_found": "an alias has a scheme, nip or badge, and a value",
    "list_type": "write a list in brackets",
    "model_type": "write an object in braces",
    "dict_type": "write an object in braces",
    "extra_forbidden": "this type has no such field; remove it or mend its spelling",
    "int_type": "write a whole number without quotes",
    "bool_type": "write true or false without quotes",
    "string_type": "write a text in quotes",
}


def _contract(event_type: str) -> EventType:
    contract = EVENT_TYPES.get(event_type)
    if contract is None:
        raise InvalidEvent([Problem("/type", f"there is no such type; the types are {', '.join(EVENT_TYPES)}")])
    return contract


def _check_subject(envelope: Envelope, contract: EventType) -> None:
    subject = envelope.subject
    if _SUBJECTS[contract.name].fullmatch(subject) and not has_code_of_dots(subject):
        return
    if contract.name in REGISTRATIONS and subject.partition(":")[0] in ("nip", "badge"):
        raise InvalidEvent([Problem("/subject", "a registration names the employee by id: employee:<id>")])
    wanted = " or ".join(sorted(WORDS[kind] for kind in contract.subjects))
    raise InvalidEvent([Problem("/subject", f"the subject of {contract.name} is {wanted}")])


def _check_reference(data: Record) -> None:
    if isinstance(data, EventVoided):
        _check_target("/data/voided/type", data.voided.type)
        if newest(data.voided.type) in UNVOIDABLE:
            detail = "a registration cannot be voided: register again; a void is final: send the event anew"
            raise InvalidEvent([Problem("/data/voided/type", detail)])
    elif isinstance(data, EventContested):
        _check_target("/data/contested/type", data.contested.type)


def _check_target(pointer: str, event_type: str) -> None:
    if event_type not in CONTESTABLE:
        raise InvalidEvent([Problem(pointer, f"there is no such type; the types are {', '.join(EVENT_TYPES)}")])
