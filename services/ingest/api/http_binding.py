"""The three ways in which CloudEvents come over HTTP: structured, batched and binary."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec
import orjson
from starlette.datastructures import Headers

from schemas.envelope import JSON
from services.ingest.content_modes import (
    NOT_ATTRIBUTES,
    STRUCTURED,
    Garbled,
    Items,
    binary,
    guessed,
    media_type,
    structured,
)
from services.kit.problems import Problem

BATCH = "application/cloudevents-batch+json"
_ACCEPTED = (
    f"Send one event as {STRUCTURED}, several as {BATCH}, or one in binary mode: its attributes in ce-* headers and "
    f"its data as {JSON}."
)
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]', re.DOTALL)
"""A text of JSON, passed over as a whole, or what opens, parts or closes lists and objects."""


def read_items(headers: Headers, body: bytes, *, most: int) -> Items:
    """
    Decode *body* as its headers say.

    Raises a Problem: 415 for another media type, 400 for what is not JSON, an empty batch or unusable ce-* headers, 413
    for more than *most* events.
    """
    kind = media_type(headers.get("content-type", ""))
    if kind == BATCH:
        return _batch(body, most)
    if kind == STRUCTURED:
        return structured(body)
    if kind.startswith("application/cloudevents") or not any(name.startswith("ce-") for name in headers):
        raise Problem(415, _ACCEPTED)
    return binary(_attributes(headers), headers.get("content-type", ""), body)


def _batch(body: bytes, most: int) -> Items:
    try:
        values, verbatim = orjson.loads(body), _slices(body)
    except orjson.JSONDecodeError:
        values, verbatim = _partly_garbled(body)
    if not isinstance(values, list):
        raise Problem(400, f"A batch is a JSON array of events; send a single event as {STRUCTURED}.")
    if not values:
        raise Problem(400, "The batch is empty; send at least one event.")
    if len(values) > most:
        raise Problem(413, f"The batch has {len(values):,} events; send at most {most:,} in one request.")
    return Items(values, verbatim)


def _partly_garbled(body: bytes) -> tuple[Any, Callable[[int], bytes]]:
    """Decode each item by itself: one that is no JSON text must not take the others with it. Raises a 400 Problem."""
    guesses = guessed(body)
    if not isinstance(guesses, list):
        return guesses, lambda _: body
    cut = _cut_deep(body)
    return [_alone(text, guess) for text, guess in zip(cut, guesses, strict=True)], cut.__getitem__


def _alone(text: bytes, guess: Any) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        return Garbled(str(exc), guess)


def _slices(body: bytes) -> Callable[[int], bytes]:
    """Cut the items out of a batch only when the first one is asked for: rejections are rare."""
    cut: list[msgspec.Raw] | list[bytes] = []

    def verbatim(index: int) -> bytes:
        nonlocal cut
        if not cut:
            cut = _cut(body)
        return bytes(cut[index])

    return verbatim


def _cut(body: bytes) -> list[msgspec.Raw] | list[bytes]:
    try:
        return msgspec.json.decode(body, type=list[msgspec.Raw])
    except RecursionError:  # orjson reads deeper, and nothing that it has read may fail here
        return _cut_deep(body)


def _cut_deep(body: bytes) -> list[bytes]:
    """Cut a valid JSON array at the commas of its own level, however deep its items are. Slower than msgspec."""
    items, depth, start = [], 0, 0
    for found in _MARK.finditer(body):
        mark = found.group()
        if mark in b"[{":
            depth += 1
            start = found.end() if depth == 1 else start
        elif mark in b"]}":
            depth -= 1
        if (depth == 1 and mark == b",") or depth == 0:
            items.append(body[start : found.start()].strip())
            start = found.end()
    return items


def _attributes(headers: Headers) -> Mapping[str, str]:
    attributes: dict[str, str] = {}
    for raw_name, raw_value in headers.raw:
        name = raw_name.decode("latin-1").lower()
        if not name.startswith("ce-"):
            continue
        attribute = name.removeprefix("ce-")
        if attribute in attributes:
            raise Problem(400, f"The header {name[:64]} is given twice.")
        if attribute in NOT_ATTRIBUTES:
            raise Problem(400, f"{name} is no attribute: the data is the body, and Content-Type says what it is.")
        attributes[attribute] = _header_value(name, raw_value)
    return attributes


def _header_value(name: str, raw: bytes) -> str:
    """Undo, as the HTTP binding of CloudEvents asks, first the quotes of the header and then one percent-encoding."""
    if len(raw) >= 2 and raw.startswith(b'"') and raw.endswith(b'"'):
        raw = _unquoted(raw[1:-1])
    try:
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, f"The header {name[:64]} is not percent-encoded UTF-8.") from None


def _unquoted(raw: bytes) -> bytes:
    kept = bytearray()
    escaped = False
    for byte in raw:
        if byte == ord("\\") and not escaped:
            escaped = True
            continue
        kept.append(byte)
        escaped = False
    return bytes(kept)
