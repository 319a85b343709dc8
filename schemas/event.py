"""
One event as it travels: a CloudEvent 1.0 in structured JSON, checked against its type.

`read_event` is the only door; what it lets through satisfies the whole contract of the type.
"""

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from schemas.atoms import FORMS, Moment, Record
from schemas.corrections import EventContested, EventId, EventVoided
from schemas.registry import EVENT_TYPES, REGISTRATIONS, UNVOIDABLE, EventType, SubjectKind
from schemas.upcasting import newest

_ID = r"[A-Za-z0-9._-]{1,64}"
_SUBJECT = re.compile(rf"employee:{_ID}|unit:{_ID}|unit:\*|source:{_ID}|nip:[0-9]{{18}}|badge:{_ID}/{_ID}", re.ASCII)
_EXTENSION = re.compile(r"[a-z0-9]{1,20}", re.ASCII)
_LONGEST_EXTENSION, _MOST_EXTENSIONS = 1024, 32
_DEEPEST = 16
RecordT = TypeVar("RecordT", bound=Record)
_KINDS = {
    "employee": SubjectKind.EMPLOYEE,
    "nip": SubjectKind.EMPLOYEE,
    "badge": SubjectKind.EMPLOYEE,
    "unit": SubjectKind.UNIT,
    "source": SubjectKind.SOURCE,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an event: a JSON pointer into it and a sentence that says how to mend it."""

    pointer: str
    detail: str


class InvalidEvent(ValueError):
    """The event breaks its contract; *problems* say where and how."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer or '/'}: {problem.detail}" for problem in problems))
        self.problems = problems


class Envelope(Record):
    """The CloudEvents attributes; extension attributes such as `traceparent` pass."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)

    specversion: Literal["1.0"]
    id: EventId
    source: EventId
    type: Annotated[str, StringConstraints(max_length=64)]
    subject: Annotated[str, StringConstraints(max_length=256)]
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[str, StringConstraints(max_length=512)] | None = None
    data: dict[str, Any] = Field(repr=False)


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
        """The canonical topic; a void goes where its target went."""
        if self.contract.topic is not None:
            return self.contract.topic
        assert isinstance(self.data, EventVoided)
        target = EVENT_TYPES[newest(self.data.voided.type)].topic
        assert target is not None
        return target

    def with_data(self, data: Record, subject: str) -> "Event":
        """Return the event with other data and subject, as ingest does when it resolves aliases."""
        return replace(self, data=data, envelope=self.envelope.model_copy(update={"subject": subject}))

    def canonical(self) -> dict[str, Any]:
        """Return the structured CloudEvent as it stands on the log; what is left out or null is absent."""
        head = {name: value for name, value in self.envelope if value is not None and name != "data"}
        head["time"] = self.envelope.time.isoformat()
        return {**head, "data": self.data.model_dump(mode="json", by_alias=True, exclude_none=True)}


def read_event(raw: Any) -> Event:
    """
    Check *raw*, a decoded JSON value, against the contract.

    Nulls are the same as left out. Raises InvalidEvent with every problem found.
    """
    if not isinstance(raw, dict):
        raise InvalidEvent(
            [Problem("", "an event is a JSON object; wrap several in an array and send them as a batch")]
        )
    envelope = _validated(Envelope, _without_nulls(raw), "")
    _check_extensions(envelope)
    contract = _contract(envelope.type)
    _check_subject(envelope, contract)
    data = _validated(contract.data, envelope.data, "/data")
    _check_reference(data)
    return Event(envelope, contract, data)


def _without_nulls(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise InvalidEvent([Problem("", f"the event is nested more than {_DEEPEST} levels deep; no type needs that")])
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
    return Problem(at + _pointer(*_path(error["loc"], value)), _words(error))


def _words(error: Any) -> str:
    if error["type"] == "string_pattern_mismatch":
        return FORMS.get(error["ctx"]["pattern"], "write 1 to 256 characters without control characters")
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


def _pointer(*steps: Any) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def _plainly(message: str) -> str:
    return (
        message.removeprefix("Value error, ")
        .replace("Input should", "the value must")
        .replace("String should", "the text must")
    )


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


def _check_extensions(envelope: Envelope) -> None:
    extra = envelope.model_extra or {}
    problems = [
        Problem(
            _pointer(name),
            "an extension attribute has 1 to 20 lower-case letters or digits and a plain value of at most "
            f"{_LONGEST_EXTENSION} characters; event fields belong into data",
        )
        for name, value in extra.items()
        if not _EXTENSION.fullmatch(name) or not _is_plain(value)
    ]
    if len(extra) > _MOST_EXTENSIONS:
        problems = [Problem("", f"an event has at most {_MOST_EXTENSIONS} extension attributes")]
    if problems:
        raise InvalidEvent(problems)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (int, bool)) or (isinstance(value, str) and len(value) <= _LONGEST_EXTENSION)


def _contract(event_type: str) -> EventType:
    contract = EVENT_TYPES.get(event_type)
    if contract is None:
        raise InvalidEvent([Problem("/type", f"there is no such type; the types are {', '.join(EVENT_TYPES)}")])
    return contract


def subject_kind(subject: str) -> SubjectKind:
    """Say whom a well-formed subject names; an alias names an employee."""
    return SubjectKind.EVERYONE if subject == "unit:*" else _KINDS[subject.partition(":")[0]]


def _check_subject(envelope: Envelope, contract: EventType) -> None:
    subject = envelope.subject
    if not _SUBJECT.fullmatch(subject) or subject_kind(subject) not in contract.subjects:
        wanted = " or ".join(sorted(_FORMS[kind] for kind in contract.subjects))
        raise InvalidEvent([Problem("/subject", f"the subject of {contract.name} is {wanted}")])
    if contract.name in REGISTRATIONS and subject.partition(":")[0] in ("nip", "badge"):
        raise InvalidEvent([Problem("/subject", "a registration names the employee by id: employee:<id>")])


_FORMS = {
    SubjectKind.EMPLOYEE: "employee:<id>, nip:<18 digits> or badge:<device>/<user>",
    SubjectKind.UNIT: "unit:<code>",
    SubjectKind.EVERYONE: "unit:*",
    SubjectKind.SOURCE: "source:<name>",
}


def _check_reference(data: Record) -> None:
    if isinstance(data, EventVoided):
        _check_target("/data/voided/type", data.voided.type)
        if newest(data.voided.type) in UNVOIDABLE:
            detail = "a registration cannot be voided: register again; a void is final: send the event anew"
            raise InvalidEvent([Problem("/data/voided/type", detail)])
    elif isinstance(data, EventContested):
        _check_target("/data/contested/type", data.contested.type)


def _check_target(pointer: str, event_type: str) -> None:
    """What is on the log in an older version can still be taken back or disputed, under the type it was sent with."""
    if newest(event_type) not in EVENT_TYPES:
        raise InvalidEvent([Problem(pointer, f"there is no such type; the types are {', '.join(EVENT_TYPES)}")])
