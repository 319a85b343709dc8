"""Events made from golden examples and the patterns of their schema, some strange, and two judges of them."""

import copy
import functools
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import jsonschema_rs
from hypothesis import strategies as st

from tests.support.mutants import STRANGE, examples, schema_of

ODD_TEXTS = (
    *(text for text in STRANGE if isinstance(text, str)),
    *(
        "\n",
        "\u0085",
        "\u200b",
        "\u3164",
        "\u2028",
        "\ue000",
        "\U0001f600",
        "٤",
        "²",
        "é",
        "A b",
        ".",
        "..",
        "-0",
        "1_000",
    ),
    *("1e-400000", "1e17", "1e18", "-1E-18", "+1", "1.", ".5", "0x1", "9" * 18, "9" * 19, "Infinity", "nan"),
    *("2026-02-30", "2024-02-29", "1900-02-29", "2026-11-24T07:30Z", "2026-11-24t07:30:00.123456789z", "9999-12-31"),
    *("2026-11-24T07:30:60Z", "2026-11-24T24:00Z", "2026-11-24T07:30:00+24:00", "1900-01-01T00:00:00+14:00", "24:00"),
    *("urn:a", "//h:1/p?q#f", "%41", "%4", "http://[::1]", "http://[1]", "a" * 128, "a" * 129, "😀" * 200, "😀" * 201),
    *("application/json; charset=UTF-8", "Application/Vnd.X+JSON", "text/plain", "application/json;charset=latin-1"),
    *("e30=", "e30", "eyJhIjoxfQ==", "unit:*", "unit:..", "nip:198702232010011001", "badge:T7/1", "badge:T7/."),
)
ODD_NUMBERS = (15.0, -0.0, 1e2, 0.1 + 0.2, 1e-18, 9e-19, 1e17, 1e18, 2**53, -(2**53), 2.0**53, 2**63, 5_256_001, 0.5)
ODD: tuple[Any, ...] = (*STRANGE, *ODD_TEXTS, *ODD_NUMBERS, [None], {"a": None})
ODD_NAMES = (
    "surprise",
    "a" * 40,
    "A",
    "a_b",
    "",
    "data_base64",
    "data",
    "date_base64",
    "data_base65",
    "data_",
    "data_base64_",
    "é",
    "\0",
    "traceparent",
)


@functools.cache
def judges(event_type: str) -> tuple[Any, Any]:
    """Return two independent validators of the type's published schema, formats included."""
    schema = schema_of(event_type)
    return (
        jsonschema_rs.validator_for(schema, validate_formats=True),
        _AsECMA(schema, format_checker=jsonschema.FormatChecker(["date"])),
    )


def _pattern(_: Any, pattern: str, text: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    if isinstance(text, str) and not _searched(pattern).search(text):
        yield jsonschema.ValidationError(f"{text!r} is not like {pattern}")


@functools.cache
def _searched(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


# Of all languages only Python lets `$` stand before a line end, too.
_AsECMA: Any = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


@functools.cache
def _bases(event_type: str) -> list[dict[str, Any]]:
    return [example for name, example in examples().items() if name.startswith(f"{event_type}/")]


@functools.cache
def _like_the_patterns(event_type: str) -> st.SearchStrategy[str]:
    """Texts like any pattern of the schema but the URI's, which takes its time."""
    found = sorted({pattern for pattern in _patterns(schema_of(event_type)) if len(pattern) < 1000})
    return st.sampled_from(found).flatmap(lambda pattern: st.from_regex(_searched(pattern)))


def _patterns(schema: Any) -> Iterator[str]:
    inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    if isinstance(schema, dict) and isinstance(schema.get("pattern"), str):
        yield schema["pattern"]
    for each in inside:
        yield from _patterns(each)


@st.composite
def events(draw: st.DrawFn, event_type: str) -> dict[str, Any]:
    """A golden example, with up to three things that may not belong there, or may."""
    event: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(_bases(event_type))))
    for _ in range(draw(st.integers(0, 3))):
        _change(draw, event, event_type)
    return event


def _change(draw: st.DrawFn, event: dict[str, Any], event_type: str) -> None:
    holder, step = draw(st.sampled_from(list(_places(event))))
    if isinstance(holder, dict) and draw(st.integers(0, 3)) == 0:
        step = draw(st.sampled_from(ODD_NAMES))
    value = holder[step] if isinstance(holder, list) or step in holder else None
    if isinstance(holder, dict) and draw(st.integers(0, 9)) == 0:
        holder.pop(step, None)
        return
    odd = st.sampled_from(ODD) | _like_the_patterns(event_type)
    if isinstance(value, str):
        odd |= st.sampled_from(ODD_TEXTS).flatmap(
            lambda text: st.sampled_from((value + text, text + value, value[:-1], value.upper(), value.swapcase()))
        )
    if isinstance(value, int) and not isinstance(value, bool):
        odd |= st.sampled_from((float(value), value + 1, -value, str(value)))
    holder[step] = copy.deepcopy(draw(odd))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    steps: Any = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for step in steps:
        yield value, step
        yield from _places(value[step])
