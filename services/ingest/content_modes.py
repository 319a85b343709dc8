"""
What the ways in which a CloudEvent can come have in common: structured and binary mode, over HTTP as over Kafka.

Whatever is no event at all is told by a Problem; what is one, and wrong, is told by admission.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from schemas.envelope import JSON, JSON_MEDIA_TYPE, decode_exactly, is_utf8
from schemas.event import DEEPEST
from services.kit.problems import Problem

STRUCTURED = "application/cloudevents+json"
NOT_ATTRIBUTES = frozenset({"data", "datacontenttype", "data_base64"})
"""In binary mode the data is the body, and its content type says what it is."""
_JSON = re.compile(JSON_MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class Garbled:
    """
    An item that is no JSON text, though it shows where it begins and ends: a cut surrogate, bytes that are no UTF-8.

    *guess* is what it may have meant: enough to name it, never to take it.
    """

    reason: str
    guess: Any


@dataclass(frozen=True, slots=True)
class Items:
    """The decoded items of a body in order, a Garbled where there is none, and the bytes of each as it was sent."""

    values: list[Any]
    verbatim: Callable[[int], bytes]

    def take(self, index: int) -> Any:
        """Return an item, and let it go: what is made of it needs a fifth of the memory."""
        value, self.values[index] = self.values[index], None
        return value

    def exactly(self, index: int, value: Any) -> Any:
        """Return *value*, an item, read again from its text if it has fractions, so that none loses digits unseen."""
        if isinstance(value, dict) and _has_fraction(value):
            with suppress(ValueError, RecursionError):
                return decode_exactly(self.verbatim(index))
        return value


def _has_fraction(value: dict[str, Any] | list[Any], depth: int = 0) -> bool:
    for item in value.values() if isinstance(value, dict) else value:
        kind = type(item)
        if kind is float:
            return True
        if (kind is dict or kind is list) and depth + 1 < DEEPEST and _has_fraction(item, depth + 1):
            return True
    return False


@lru_cache(maxsize=256)
def media_type(header: str) -> str:
    """Return the media type of a Content-Type header in lower case. Raises a 415 Problem for a foreign charset."""
    if not is_utf8(header):
        raise Problem(415, "JSON is sent as UTF-8; remove the charset from Content-Type or set it to utf-8.")
    return header.partition(";")[0].strip().lower()


def decode(body: bytes) -> Any:
    """Decode JSON. Raises a 400 Problem that says where it breaks."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise Problem(400, f"The body is not valid JSON: {exc}.") from None


def decode_item(text: bytes) -> Any:
    """Decode one item, or say what is garbled in it. Raises a 400 Problem for what has not even the shape of JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        return Garbled(str(exc), guessed(text))


def guessed(text: bytes) -> Any:
    """
    Decode what has the shape of JSON, whatever its texts and numbers are.

    Raises a 400 Problem that says where the shape breaks.
    """
    try:
        return json.loads(text.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return decode(text)


def structured(body: bytes) -> Items:
    """Return the event that *body* is. Raises a 400 Problem for what is not JSON."""
    return Items([decode_item(body)], lambda _: body)


def binary(attributes: Mapping[str, str], content_type: str, body: bytes) -> Items:
    """Return the event of *attributes* with *body* as its data. Raises a Problem: 415 for data other than JSON, 400."""
    event: dict[str, Any] = dict(attributes)
    if content_type := content_type.strip():
        if not _JSON.match(content_type):
            raise Problem(415, f"The data of an event is {JSON}, not {content_type[:64]}.")
        event["datacontenttype"] = content_type
    head = orjson.dumps(event)
    if not body:
        return Items([event], lambda _: head)
    separator = b"," if event else b""
    event["data"] = decode_item(body)
    item: Any = event
    if isinstance(garbled := event["data"], Garbled):
        item = Garbled(garbled.reason, event | {"data": garbled.guess})
    # Data can be nested too deeply for orjson to write again.
    return Items([item], lambda _: head[:-1] + separator + b'"data":' + body + b"}")
