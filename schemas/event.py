"""
One event as it travels: a CloudEvent 1.0 in structured JSON, checked against its type.

`read_event` is the only door; what it lets through satisfies the whole contract of the type.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.corrections import EventContested, EventVoided
from schemas.envelope import Envelope, check_envelope, unpacked
from schemas.fields import JAKARTA, Record, has_code_of_dots
from schemas.problems import InvalidEvent, Problem
from schemas.registry import CONTESTABLE, EVENT_TYPES, REGISTRATIONS, UNVOIDABLE, VOID, EventType
from schemas.subjects import WORDS, subject_kind
from schemas.upcasting import newest
from schemas.wording import problems_of

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
    data = _validated(contract.data, envelope.data, "/data", envelope.time.astimezone(JAKARTA).date())
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


def _validated(model: type[RecordT], value: Any, at: str, on: date | None = None) -> RecordT:
    """Return the record that *value* is; a validator that asks for the day of its event finds it in the context."""
    try:
        return model.model_validate(value, context=on)
    except ValidationError as exc:
        raise InvalidEvent(problems_of(exc, value, at)) from None


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
