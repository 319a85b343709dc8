"""The golden examples with one field at a time replaced by what does not belong there."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemas

HERE = Path(schemas.__file__).parent
STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    10**30,
    -1e308,
    "",
    " ",
    "\0",
    "x\0y",
    "\u202e\u2028☃",
    "x" * 3000,
    "9999-99-99",
    "2026-11-24T25:00:00+07:00",
    "employee:E1",
    [],
    [[]],
    {},
    {"surprise": 1},
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """An event with something strange at *pointer*."""

    pointer: str
    event: dict[str, Any]


def examples() -> dict[str, dict[str, Any]]:
    """All golden examples, by type and name."""
    paths = sorted((HERE / "examples").glob("*/*.json"))
    return {f"{path.parent.name}/{path.stem}": json.loads(path.read_text("utf-8")) for path in paths}


def schema_of(event_type: str) -> dict[str, Any]:
    """The published JSON Schema of a type."""
    schema: dict[str, Any] = json.loads((HERE / "json" / f"{event_type}.json").read_text("utf-8"))
    return schema


def mutants(example: dict[str, Any]) -> Iterator[Mutant]:
    """Every field of *example*, on every level, replaced by everything strange; and one field too many."""
    for path in _paths(example):
        for value in STRANGE:
            yield _mutant(example, path, value)
    for path in [("data",), *(path for path in _paths(example) if isinstance(_at(example, path), dict))]:
        yield _mutant(example, (*path, "surprise"), 1)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inside in items:
        yield (*path, step)
        yield from _paths(inside, (*path, step))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _mutant(example: dict[str, Any], path: tuple[Any, ...], value: Any) -> Mutant:
    event = copy.deepcopy(example)
    _at(event, path[:-1])[path[-1]] = value
    return Mutant("".join(f"/{step}" for step in path), event)


def without_nulls(value: Any) -> Any:
    """The same without members that are null, which are as good as left out."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
