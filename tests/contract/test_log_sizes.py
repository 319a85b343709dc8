"""No event that the contract allows is too long for the log, whatever it holds: what a door takes can be written."""

import json
from pathlib import Path
from re import _parser  # alone knows how long a match can be
from typing import Any

import pytest

from schemas.envelope import LONGEST_EXTENSIONS
from schemas.policy.refusals import LARGEST
from schemas.registry import EVENT_TYPES
from schemas.topics import DIRECTORY, EVENTS, TOPICS

SCHEMAS = Path("schemas/json")
TAKEN = min(int(topic.config["max.message.bytes"]) for topic in TOPICS if topic.name in (DIRECTORY, EVENTS))
ESCAPED = 6
"""Bytes of the longest character in JSON: \\u0000."""
NUMBER = 32
AN_EXTENSION = 8
"""Bytes for each character of extensions: names of three with whole numbers of sixteen digits make the most of them."""
AROUND = 65_536
"""Names of attributes, and the few extensions whose names have fewer than three letters."""


def longest(schema: Any, defs: dict[str, Any]) -> int:
    """Bytes that a value of *schema* can have in JSON; fails where there is no bound."""
    if reference := schema.get("$ref"):
        name = reference.rpartition("/")[2]
        return LARGEST if name == "Policy" else longest(defs[name], defs)
    if "anyOf" in schema or "oneOf" in schema:
        return max(longest(each, defs) for each in schema.get("anyOf") or schema["oneOf"])
    if "const" in schema or "enum" in schema:
        return max(len(json.dumps(value)) for value in schema.get("enum", [schema.get("const")]))
    match schema["type"]:
        case "string":
            width = _parser.parse(schema["pattern"]).getwidth()[1] if "pattern" in schema else schema["maxLength"]
            return 2 + ESCAPED * min(int(width), int(schema.get("maxLength", TAKEN)))
        case "array":
            return 2 + int(schema["maxItems"]) * (1 + longest(schema["items"], defs))
        case "null":
            return 0
        case "object":
            return _longest_object(schema, defs)
        case _:
            return NUMBER


def _longest_object(schema: Any, defs: dict[str, Any]) -> int:
    assert schema["additionalProperties"] == {"type": "null"}  # nulls are left out
    return 2 + sum(len(name) + 4 + longest(value, defs) for name, value in schema["properties"].items())


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES))
def test_every_event_of_the_contract_fits_on_the_log_four_times(kind: str) -> None:
    """Texts, lists and extensions are bounded, so a record is never refused for its size, however it was sent."""
    schema = json.loads((SCHEMAS / f"{kind}.json").read_text("utf-8"))
    defs = schema.get("$defs", {})
    data = next(each["properties"]["data"] for each in schema["anyOf"] if "data" in each["properties"])
    attributes = sum(longest(value, defs) for value in schema["properties"].values() if value is not True)

    assert attributes + longest(data, defs) + AN_EXTENSION * LONGEST_EXTENSIONS + AROUND <= TAKEN // 4
