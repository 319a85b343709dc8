"""
Recognises events that are written plainly, the way they stand on the log: most of what a country sends.

For these, `plainly` gives what `read_event` and `canonical` would give, at a tenth of the cost. It judges nobody:
whatever it does not recognise may be as valid, or is told its problems, by `read_event`. The form of a type is made of
the same declarations as its model; held to `read_event` by tests/contract/test_plain_events.py.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

from schemas.envelope import JSON
from schemas.facts import ServiceCompleted
from schemas.fields import CODE_FORM, PLAIN_CODE, PLAIN_FORMS, PLAIN_MOMENT, Record
from schemas.registry import EVENT_TYPES, REGISTRATIONS, EventType

_END = "\0"
"""Stands between the texts of an event when they are looked at together; no form lets it in."""
_SEGMENT = "[A-Za-z0-9._~-]+"
_SOURCE = f"(?=[^{_END}]{{1,128}}{_END})(/?|https?://){_SEGMENT}(/{_SEGMENT})*|urn:[A-Za-z0-9._~:-]{{1,124}}"

Stated = dict[str, Any]
"""An event as it stands on the log."""


def _in_order(data: Stated) -> bool:
    started, completed = data["started_at"], data["completed_at"]
    return bool(started[19:] == completed[19:] and started <= completed)


_RULES: Mapping[type[Record], Callable[[Stated], bool]] = {ServiceCompleted: _in_order}
"""What holds between fields; a model with validators of its own that is not here is never recognised."""


class _Form:
    """How data of one model is written plainly. Raises NotImplementedError for a model that has more to it."""

    def __init__(self, model: type[Record], schema: Stated, definitions: Stated) -> None:
        self._rule = _RULES.get(model)
        if self._rule is None and model.__pydantic_decorators__.model_validators:
            raise NotImplementedError
        properties, required = schema["properties"], schema.get("required", ())
        self._names = tuple(properties)
        self._numbers: list[tuple[str, int, int]] = []
        self._parts: list[tuple[str, _Form]] = []
        patterns: dict[str, str] = {}
        for name, declared in properties.items():
            if name not in required:
                patterns[name] = f"({_pattern(_without_null(declared))})?"
            elif declared.get("type") == "integer":
                self._numbers.append((name, declared["minimum"], declared["maximum"]))
            elif "$ref" in declared:
                annotation: Any = model.model_fields[name].annotation
                part = definitions[declared["$ref"].removeprefix("#/$defs/")]
                self._parts.append((name, _Form(annotation, part, definitions)))
            else:
                patterns[name] = f"({_pattern(declared)})"
        self._texts = tuple(patterns)
        self._pattern = _compiled(patterns.values())

    def read(self, data: Stated) -> Stated | None:
        """Return *data* in the order of the log, or None. Raises KeyError or TypeError when a text is missing."""
        if not self._pattern.fullmatch(_END.join([data.get(name, "") for name in self._texts])):
            return None
        for name, least, most in self._numbers:
            if type(number := data[name]) is not int or not least <= number <= most:
                return None
        stated = {name: data[name] for name in self._names if name in data}
        if len(stated) != len(data) or "" in data.values():
            return None
        for name, form in self._parts:
            if type(part := data[name]) is not dict or (inner := form.read(part)) is None:
                return None
            stated[name] = inner
        return stated if self._rule is None or self._rule(stated) else None


def _compiled(patterns: Iterable[str]) -> re.Pattern[str]:
    """Compile patterns of texts that are looked at together, their groups without numbers, which cost time."""
    return re.compile(re.sub(r"\((?!\?)", "(?:", _END.join(patterns)))


def _without_null(declared: Stated) -> Stated:
    some = [each for each in declared.get("anyOf", [declared]) if each != {"type": "null"}]
    if len(some) != 1:
        raise NotImplementedError
    found: Stated = some[0]
    return found


def _pattern(declared: Stated) -> str:
    if declared.get("type") != "string":
        raise NotImplementedError
    if "enum" in declared:
        return "|".join(map(re.escape, declared["enum"]))
    if declared.get("pattern") not in PLAIN_FORMS:
        raise NotImplementedError
    return PLAIN_FORMS[declared["pattern"]]


class _Type:
    """How the events of one type are written plainly."""

    def __init__(self, contract: EventType) -> None:
        schema = contract.data.model_json_schema()
        self.data = _Form(contract.data, schema, schema.get("$defs", {}))
        subject = contract.subject_form.replace(CODE_FORM, PLAIN_CODE)
        texts = (r"1\.0", "[!-~]{1,128}", _SOURCE, subject, PLAIN_MOMENT, re.escape(JSON))
        self.head = _compiled(f"({text})" for text in texts)


def _types() -> dict[str, _Type]:
    found = {}
    for name, contract in EVENT_TYPES.items():
        if name in REGISTRATIONS:
            continue
        try:
            found[name] = _Type(contract)
        except NotImplementedError:
            continue
    return found


_TYPES = _types()
_HEAD = itemgetter("specversion", "id", "source", "subject", "time")
_ATTRIBUTES = 7
"""Those, `type` and `data`."""


def plainly(raw: Stated) -> Stated | None:
    """Return the event *raw* as it stands on the log, or None where it is not written plainly."""
    try:
        form, kind, data = _TYPES[raw["type"]], raw.get("datacontenttype", JSON), raw["data"]
        version, event_id, source, subject, moment = head = _HEAD(raw)
        plain = form.head.fullmatch(_END.join((*head, kind))) and type(data) is dict and form.data.read(data)
    except (KeyError, TypeError):
        return None
    if not plain or len(raw) != _ATTRIBUTES + ("datacontenttype" in raw):
        return None
    return {
        "specversion": version,
        "id": event_id,
        "source": source,
        "type": raw["type"],
        "subject": subject,
        "time": moment,
        "datacontenttype": kind,
        "data": plain,
    }
