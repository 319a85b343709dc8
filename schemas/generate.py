"""
Write the JSON Schemas of events and messages and the AsyncAPI document; with `--check`, only say what is stale.

Run as `python -m schemas.generate [--check]`.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from schemas import asyncapi
from schemas.directory import EmployeeKnown
from schemas.event import Envelope
from schemas.messages import MESSAGES, Message
from schemas.registry import EVENT_TYPES, EventType

ROOT = Path(__file__).parent
FOLDER = ROOT / "json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema(contract: EventType, data_model: type[Any] | None = None) -> dict[str, Any]:
    """Return the JSON Schema 2020-12 of one event type as upstream systems send it, or with other data."""
    data_model = data_model or contract.data
    schema = Envelope.model_json_schema(by_alias=True)
    data = data_model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    definitions = data.pop("$defs", {})
    schema["properties"] |= {"type": {"const": contract.name}, "data": data}
    return {
        "$schema": _DIALECT,
        "$id": f"urn:kinerja:event:{contract.name}",
        **schema,
        "title": contract.name,
        "description": (data_model.__doc__ or "").strip(),
        **({"$defs": definitions} if definitions else {}),
    }


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
    known = event_schema(EVENT_TYPES["employee.registered.v1"], EmployeeKnown)
    known["$id"] = f"urn:kinerja:message:{asyncapi.ON_THE_LOG}"
    found = {FOLDER / f"{contract.name}.json": event_schema(contract) for contract in EVENT_TYPES.values()}
    found |= {FOLDER / "messages" / f"{name}.json": message_schema(name, model) for name, model in MESSAGES.items()}
    found |= {FOLDER / "messages" / f"{asyncapi.ON_THE_LOG}.json": known}
    found |= {ROOT / "asyncapi.json": asyncapi.document(version())}
    return {path: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for path, content in found.items()}


def stale() -> list[Path]:
    """Return the generated files that are missing, differ, or no longer belong."""
    wanted = documents()
    differing = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    return differing + [path for path in FOLDER.rglob("*.json") if path not in wanted]


def main() -> int:
    """Write or check; return the exit code."""
    if "--check" in sys.argv[1:]:
        for path in stale():
            print(f"{path.relative_to(ROOT.parent)} is stale: run `make schemas`", file=sys.stderr)
        return 1 if stale() else 0
    for path in stale():
        path.unlink(missing_ok=True)
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
