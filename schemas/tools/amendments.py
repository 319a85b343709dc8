"""
Changes of what was released that were made on purpose, because the rules themselves changed: `amendments.json`.

Each names the exact keywords before and after; anything else that changes beside them is a break like any other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("amendments.json")


@dataclass(frozen=True, slots=True)
class Amendment:
    """
    Keywords of a schema that changed from *old* to *new*, in places like *pointers* of the release *since*.

    A keyword that only one side names was not there on the other. Of an `enum` more values may come.
    """

    since: str
    pointers: tuple[str, ...]
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    reason: str
    used: list[str] = field(default_factory=list, compare=False)

    def allows(self, old: Mapping[str, Any], new: Mapping[str, Any], at: str) -> bool:
        """Say whether this is the change at *at*, and remember that it was met."""
        found = any(fnmatchcase(at, pointer) for pointer in self.pointers) and all(
            _same(key, self.old.get(key), old.get(key)) and _same(key, self.new.get(key), new.get(key))
            for key in {**self.old, **self.new}
        )
        if found:
            self.used.append(at)
        return found

    def without(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the schema without the keywords that changed."""
        return {key: value for key, value in schema.items() if key not in self.old and key not in self.new}


def _same(key: str, told: Any, found: Any) -> bool:
    if key == "enum" and isinstance(told, list) and isinstance(found, list):
        return set(told) <= set(found)
    return bool(told == found)


def load(since: str, path: Path = FILE) -> Sequence[Amendment]:
    """Return the amendments of one release."""
    told = json.loads(path.read_text("utf-8"))
    return [
        Amendment(since, tuple(each["pointers"]), each["old"], each["new"], each["reason"])
        for each in told
        if each["since"] == since
    ]
