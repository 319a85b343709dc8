"""
Write the JSON Schemas of events and messages and the AsyncAPI document; with `--check`, only say what is stale.

Run as `python -m schemas.tools.generate [--check]`.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from schemas.directory import EmployeeKnown
from schemas.envelope import DATA_BASE64_SCHEMA, EXTENSION_SCHEMA, NO_ATTRIBUTE, Envelope
from schemas.fields import ONLY_DOTS, pattern_of
from schemas.messages import MESSAGES, Message
from schemas.registry import CONTEST, CONTESTABLE, EVENT_TYPES, VOID, VOIDABLE, EventType
from schemas.tools import asyncapi

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "json"
COMMENT = (
    "What no schema can say, ingest says: time lies at most a day ahead; an end is not before its start, and a moment "
    "not outside 1900..2199 in Jakarta; data_base64 holds such data as JSON in UTF-8, and no other charset is named; "
    "a number with more digits than a double keeps is quoted; extensions have at most 65,536 characters together; "
    "upper goes with direction range, and is not below target; better goes with direction range; a leave spans at most "
    "3,660 days; a predikat is the one that hasil kerja and perilaku give; what an objection changes goes with "
    "decision changed; a policy comes into force after the day of its publication; what holds between a policy's "
    "fields, and how large its rationals may be, is said by kinerja policy validate."
)
"""Tested one by one in tests/contract/test_schemas_and_ingest.py."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema(contract: EventType) -> dict[str, Any]:
    """Return the JSON Schema 2020-12 of one event type as upstream systems send it."""
    schema = _of_event(contract, contract.data)
    if named := _NAMED_TYPES.get(contract.name):
        schema["$defs"]["EventRef"]["properties"]["type"] = {"enum": list(named)}
    return {**_nullable(schema), "$comment": COMMENT, **_attributes(_nullable(schema))}


def logged_schema(contract: EventType, data_model: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of an event as it stands on the log, with other data than was sent."""
    return _of_event(contract, data_model) | {"$id": f"urn:kinerja:message:{asyncapi.ON_THE_LOG}"}


def _of_event(contract: EventType, data_model: type[Any]) -> dict[str, Any]:
    schema = Envelope.model_json_schema(by_alias=True)
    data = data_model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    definitions = data.pop("$defs", {})
    schema["properties"] |= {"type": {"const": contract.name}, "subject": _subject(contract), "data": data}
    return {
        "$schema": _DIALECT,
        "$id": f"urn:kinerja:event:{contract.name}",
        **schema,
        "title": contract.name,
        "description": (data_model.__doc__ or "").strip(),
        **({"$defs": definitions} if definitions else {}),
    }


_NAMED_TYPES = {VOID: VOIDABLE, CONTEST: CONTESTABLE}


def _subject(contract: EventType) -> dict[str, Any]:
    return {
        "type": "string",
        "pattern": pattern_of(contract.subject_form),
        "not": {"pattern": pattern_of(ONLY_DOTS)},
        "title": "Subject",
    }


def _attributes(schema: dict[str, Any]) -> dict[str, Any]:
    """What holds for extension attributes, and for the data, which comes as it is or in base64."""
    nothing = {"type": "null"}
    return {
        "required": [name for name in schema["required"] if name != "data"],
        "properties": schema["properties"] | {"data": True, "data_base64": True},
        "anyOf": [
            {"properties": {"data": schema["properties"]["data"], "data_base64": nothing}, "required": ["data"]},
            {"properties": {"data": nothing, "data_base64": DATA_BASE64_SCHEMA}, "required": ["data_base64"]},
        ],
        "patternProperties": {NO_ATTRIBUTE: nothing},
        "additionalProperties": EXTENSION_SCHEMA,
    }


def _nullable(schema: Any) -> Any:
    """Let null be the same as left out: in every field that may be left out, and in fields that nobody knows."""
    if isinstance(schema, list):
        return [_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _nullable(item) for key, item in schema.items()}
    if isinstance(found.get("properties"), dict) and found.get("type") == "object":
        optional = set(found["properties"]) - set(found.get("required", ()))
        for name in optional:
            found["properties"][name] = _or_null(found["properties"][name])
        if found.get("additionalProperties") is False:
            found["additionalProperties"] = {"type": "null"}
    return found


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    told: dict[str, Any] = {key: schema[key] for key in ("default", "title", "description") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in told}
    return {"anyOf": [rest, {"type": "null"}], **told}


def message_schema(name: str, message: type[Message]) -> dict[str, Any]:
    """Return the JSON Schema of a message that is no event; fields with a default may be left out of it."""
    schema = message.model_json_schema()
    return {"$schema": _DIALECT, "$id": f"urn:kinerja:message:{name}", **schema}


def version() -> str:
    """Return the product's version."""
    project: dict[str, Any] = tomllib.loads((ROOT.parent / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def documents() -> dict[Path, str]:
    """Return every generated file with its content."""
    known = logged_schema(EVENT_TYPES["employee.registered.v1"], EmployeeKnown)
    found = {FOLDER / f"{contract.name}.json": event_schema(contract) for contract in EVENT_TYPES.values()}
    found |= {FOLDER / "messages" / f"{name}.json": message_schema(name, model) for name, model in MESSAGES.items()}
    found |= {FOLDER / "messages" / f"{asyncapi.ON_THE_LOG}.json": known}
    found |= {ROOT / "asyncapi.json": asyncapi.document(version())}
    return {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in found.items()}


def out_of_date() -> list[Path]:
    """Return the generated files that are missing, differ, or no longer belong."""
    wanted = documents()
    differing = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    return differing + [path for path in FOLDER.rglob("*.json") if path not in wanted]


def main() -> int:
    """Write or check; return the exit code."""
    if "--check" in sys.argv[1:]:
        for path in out_of_date():
            print(f"{path.relative_to(ROOT.parent)} is stale: run `make schemas`", file=sys.stderr)
        return 1 if out_of_date() else 0
    for path in out_of_date():
        path.unlink(missing_ok=True)
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
