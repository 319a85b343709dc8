"""What pydantic finds wrong, told to people: where in the document, and how to mend it."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from schemas.envelope import JSON_MEDIA_TYPE
from schemas.fields import FORMS
from schemas.problems import Problem, Problems, pointer
from schemas.uris import URI_REFERENCE

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


def problems_of(found: ValidationError, value: Any, at: str = "") -> list[Problem]:
    """Return what pydantic *found* wrong with *value*, which stands at the pointer *at*."""
    errors = found.errors(include_url=False, include_input=False)
    return [problem for error in errors for problem in _problems(error, value, at)]


def _problems(error: Any, value: Any, at: str) -> Iterator[Problem]:
    here = at + pointer(*_steps(error["loc"], value))
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, Problems):
        yield from (Problem(here + problem.pointer, problem.detail) for problem in cause.problems)
    else:
        yield Problem(here, _words(error))


def _words(error: Any) -> str:
    if error["type"] == "string_pattern_mismatch":
        return _WORDS_OF_PATTERNS[error["ctx"]["pattern"]]
    return _WORDS.get(error["type"]) or _plainly(error["msg"])


def _steps(loc: tuple[Any, ...], value: Any) -> list[Any]:
    """Leave out of pydantic's *loc* the names of union members and of keys, which are no steps into the document."""
    steps = []
    for number, step in enumerate(loc, 1):
        if _has(value, step):
            steps.append(step)
            value = value[step]
        elif number == len(loc) and isinstance(value, dict) and step != "[key]":
            steps.append(step)
    return steps


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
