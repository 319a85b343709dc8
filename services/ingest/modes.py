"""
What the ways in which a CloudEvent can come have in common: structured and binary mode, over HTTP as over Kafka.

Whatever is no event at all is told by a Problem; what is one, and wrong, is told by admission.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Any

import orjson

from services.kit.problems import Problem

STRUCTURED = "application/cloudevents+json"
JSON = "application/json"
NOT_ATTRIBUTES = frozenset({"data", "datacontenttype", "data_base64"})
"""In binary mode the data is the body, and its content type says what it is."""
_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii"})


@dataclass(frozen=True, slots=True)
class Items:
    """The decoded items of a body in order, and the bytes of each as it was sent."""

    values: list[Any]
    verbatim: Callable[[int], bytes]


@lru_cache(maxsize=256)
def media_type(header: str) -> str:
    """Return the media type of a Content-Type header in lower case. Raises a 415 Problem for a foreign charset."""
    message = Message()
    message["content-type"] = header
    charset = message.get_param("charset", "")
    if not isinstance(charset, str) or charset.strip().lower() not in _UTF8:
        raise Problem(415, "JSON is sent as UTF-8; remove the charset from Content-Type or set it to utf-8.")
    return header.partition(";")[0].strip().lower()


def decode(body: bytes) -> Any:
    """Decode JSON. Raises a 400 Problem that says where it breaks."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise Problem(400, f"The body is not valid JSON: {exc}.") from None


def structured(body: bytes) -> Items:
    """Return the event that *body* is. Raises a 400 Problem for what is not JSON."""
    return Items([decode(body)], lambda _: body)


def binary(attributes: Mapping[str, str], kind: str, body: bytes) -> Items:
    """Return the event of *attributes* with *body* as its data. Raises a Problem: 415 for data other than JSON, 400."""
    if kind not in ("", JSON):
        raise Problem(415, f"The data of an event is {JSON}, not {kind[:64]}.")
    event: dict[str, Any] = dict(attributes)
    if kind:
        event["datacontenttype"] = JSON
    head = orjson.dumps(event)
    if not body:
        return Items([event], lambda _: head)
    event["data"] = decode(body)
    separator = b"," if len(event) > 1 else b""
    # Data can be nested too deeply for orjson to write again.
    return Items([event], lambda _: head[:-1] + separator + b'"data":' + body + b"}")
