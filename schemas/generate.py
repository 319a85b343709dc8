"""
Write the JSON Schema of each event type to `schemas/json/`; with `--check`, only say what is stale.

Run as `python -m schemas.generate [--check]`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from schemas.event import Envelope
from schemas.registry import EVENT_TYPES, EventType

FOLDER = Path(__file__).parent / "json"


def event_schema(contract: EventType) -> dict[str, Any]:
    """Return the JSON Schema 2020-12 of one event type as upstream systems send it."""
    schema = Envelope.model_json_schema(by_alias=True)
    data = contract.data.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    definitions = data.pop("$defs", {})
    schema["properties"] |= {"type": {"const": contract.name}, "data": data}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:kinerja:event:{contract.name}",
        **schema,
        "title": contract.name,
        "description": (contract.data.__doc__ or "").strip(),
        **({"$defs": definitions} if definitions else {}),
    }


def documents() -> dict[Path, str]:
    """Return every generated file with its content."""
    return {
        FOLDER / f"{contract.name}.json": json.dumps(event_schema(contract), indent=2, ensure_ascii=False) + "\n"
        for contract in EVENT_TYPES.values()
    }


def stale() -> list[Path]:
    """Return the generated files that are missing, differ, or no longer belong."""
    wanted = documents()
    differing = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    return differing + [path for path in FOLDER.glob("*.json") if path not in wanted]


def main() -> int:
    """Write or check; return the exit code."""
    if "--check" in sys.argv[1:]:
        for path in stale():
            print(f"{path.relative_to(FOLDER.parent.parent)} is stale: run `make schemas`", file=sys.stderr)
        return 1 if stale() else 0
    FOLDER.mkdir(exist_ok=True)
    for path in stale():
        path.unlink(missing_ok=True)
    for path, text in documents().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
