"""What pydantic finds wrong, told to people: where in the document, and how to mend it."""

from typing import Any

from schemas.envelope import JSON_MEDIA_TYPE
from schemas.fields import FORMS
from schemas.problems import Problem, pointer
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


def problem_of(error: Any, value: Any, at: str = "") -> Problem:
    """Return what an error of pydantic's, about *value* at the pointer *at*, says."""
    return Problem(at + pointer(*_steps(error["loc"], value)), _words(error))


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
