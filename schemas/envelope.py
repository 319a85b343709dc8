"""
The attributes of a CloudEvent 1.0, the same through every door: structured, binary, in a batch, over HTTP and Kafka.

Extension attributes such as `traceparent` pass, whatever their names.
"""

import binascii
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from schemas.corrections import Source
from schemas.fields import LARGEST_EXACT, Moment, Number, Record
from schemas.problems import InvalidEvent, Problem, pointer

JSON = "application/json"
LONGEST_EXTENSIONS = 65_536
"""Characters of all extension attributes, names and values together: what CloudEvents asks everybody to carry."""
LONGEST_EXACT_NUMBER = 64

_WORD = "[A-Za-z0-9!#$%&'*+.^_`|~-]"
_PARAMETER = rf"""[ \t]*;[ \t]*({_WORD}+=({_WORD}+|"([^"\\\x00-\x1f\x7f]|\\[ -~])*"))?"""
JSON_MEDIA_TYPE = rf"^{_WORD}+/({_WORD}+[+])?[Jj][Ss][Oo][Nn]({_PARAMETER})*[ \t]*$"
"""What CloudEvents takes for JSON: any type with the subtype `json` or `+json`, with or without parameters."""
_CHARSET = re.compile(r";[ \t]*charset=\"?([^\";\s]*)", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})

_EXTENSION = re.compile("[a-z0-9]+")
NO_ATTRIBUTE = (
    "[^a-z0-9_]|^$|_.*_|^(.{0,3}|.{5,}|[^d].{3}|.[^a].{2}|.{2}[^t].|.{3}[^a])_"
    "|_(.{0,5}|.{7,}|[^b].{5}|.[^a].{4}|.{2}[^s].{3}|.{3}[^e].{2}|.{4}[^6].|.{5}[^4])$"
)
"""Names but lower-case letters with digits and `data_base64`: what has one can only be null, and is then left out."""
_BASE64 = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
EXTENSION_SCHEMA = {
    "anyOf": [
        {"type": ["string", "boolean", "null"]},
        {"type": "integer", "minimum": -LARGEST_EXACT, "maximum": LARGEST_EXACT},
    ]
}
DATA_BASE64_SCHEMA = {
    "type": "string",
    "pattern": f"^{_BASE64}$",
    "contentEncoding": "base64",
    "contentMediaType": JSON,
}


class Envelope(Record):
    """The CloudEvents attributes; extension attributes such as `traceparent` pass."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)

    specversion: Literal["1.0"]
    id: Number
    source: Source
    type: Annotated[str, StringConstraints(max_length=64)]
    subject: Annotated[str, StringConstraints(max_length=256)]
    time: Moment
    datacontenttype: Annotated[str, StringConstraints(max_length=256, pattern=JSON_MEDIA_TYPE)] = JSON
    dataschema: Annotated[str, StringConstraints(max_length=512)] | None = None
    data: dict[str, Any] = Field(repr=False)


def is_utf8(content_type: str) -> bool:
    """Say whether a media type names no charset, or the one in which JSON is written."""
    return all(found.lower() in _UTF8 for found in _CHARSET.findall(content_type))


def unpacked(raw: Any) -> Any:
    """
    Return the event *raw* with its data in `data`, also where it came as `data_base64`, which is then JSON too.

    Raises InvalidEvent for what is neither, or both.
    """
    if not isinstance(raw, dict) or raw.get("data_base64") is None:
        return raw
    if raw.get("data") is not None:
        raise _unusable("an event has its data either in data or in data_base64, not in both")
    packed = raw["data_base64"]
    if not isinstance(packed, str) or not re.fullmatch(_BASE64, packed):
        raise _unusable("write base64 in quotes (RFC 4648, with padding), or send JSON as it is, in data")
    try:
        data = decode_exactly(binascii.a2b_base64(packed))
    except (ValueError, RecursionError):
        raise _unusable("the data in it is not JSON in UTF-8; every type here has JSON data") from None
    return {name: value for name, value in raw.items() if name != "data_base64"} | {"data": data}


def _unusable(detail: str) -> InvalidEvent:
    return InvalidEvent([Problem("/data_base64", detail)])


def decode_exactly(text: bytes) -> Any:
    """
    Decode JSON with no digit of its numbers lost: what no double holds comes as a Decimal, which no field takes.

    Raises ValueError for what is not JSON, RecursionError for bottomless nesting.
    """
    decoded = json.loads(text.decode("utf-8"), parse_float=_exact, parse_int=_exact_int, parse_constant=_refuse)
    json.dumps(decoded, ensure_ascii=False, default=str).encode()  # a surrogate alone is no text
    return decoded


def _exact(written: str) -> float | Decimal:
    if len(written) > LONGEST_EXACT_NUMBER:
        return Decimal("NaN")
    number = float(written)
    return number if Decimal(repr(number)) == Decimal(written) else Decimal(written)


def _exact_int(written: str) -> int | Decimal:
    return int(written) if len(written) <= LONGEST_EXACT_NUMBER else Decimal("NaN")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def check_envelope(envelope: Envelope) -> None:
    """Check what the model cannot say. Raises InvalidEvent."""
    if problems := list(_problems(envelope)):
        raise InvalidEvent(problems)


def _problems(envelope: Envelope) -> Iterator[Problem]:
    if envelope.datacontenttype != JSON and not is_utf8(envelope.datacontenttype):
        yield Problem("/datacontenttype", "JSON is sent as UTF-8; leave the charset out or set it to utf-8")
    extra = envelope.model_extra
    if not extra:
        return
    size = 0
    for name, value in extra.items():
        size += len(name) + (len(value) if isinstance(value, str) else 0)
        if not _EXTENSION.fullmatch(name) or not _is_plain(value):
            yield Problem(
                pointer(name),
                "an extension attribute has lower-case letters and digits as its name and a text, a truth value or a "
                "whole number below 2^53 as its value; event fields belong into data",
            )
    if size > LONGEST_EXTENSIONS:
        yield Problem("", f"extension attributes have at most {LONGEST_EXTENSIONS:,} characters together")


def _is_plain(value: Any) -> bool:
    if isinstance(value, int | float):
        return abs(value) <= LARGEST_EXACT and value == int(value)
    return isinstance(value, str)
