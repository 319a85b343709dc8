"""Finds what breaks the clients of an HTTP interface between two of its OpenAPI documents; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.compatibility import Break, Role, breaks

_METHODS = ("get", "put", "post", "patch", "delete")
Document = Mapping[str, Any]


def api_breaks(old: Document, new: Document) -> Iterator[Break]:
    """Yield what breaks: paths and answers that are gone, requests that are refused, answers that changed."""
    for path, item in old.get("paths", {}).items():
        for method in (name for name in _METHODS if name in item):
            at = f"/{method} {path}"
            there = new.get("paths", {}).get(path, {}).get(method)
            if there is None:
                yield Break(at, "this operation is gone")
                continue
            yield from _parameters(item[method], there, old, new, at)
            yield from _bodies(item[method].get("requestBody"), there.get("requestBody"), old, new, at)
            yield from _answers(item[method], there, old, new, at)


def _parameters(one: Document, other: Document, old: Document, new: Document, at: str) -> Iterator[Break]:
    before, now = _named(one), _named(other)
    for key, parameter in now.items():
        if parameter.get("required") and not before.get(key, {}).get("required"):
            yield Break(f"{at}?{key[1]}", "this parameter is now required")
    for key, parameter in before.items():
        if key not in now:
            yield Break(f"{at}?{key[1]}", "this parameter is gone")
        else:
            taken = _within(parameter["schema"], old), _within(now[key]["schema"], new)
            yield from _under(f"{at}?{key[1]}", breaks(*taken, Role.SENDERS))


def _bodies(one: Document | None, other: Document | None, old: Document, new: Document, at: str) -> Iterator[Break]:
    for media, content in (one or {}).get("content", {}).items():
        there = (other or {}).get("content", {}).get(media)
        if there is None:
            yield Break(f"{at} {media}", "this kind of body is no longer taken")
        else:
            taken = _within(content.get("schema", True), old), _within(there.get("schema", True), new)
            yield from _under(f"{at} {media}", breaks(*taken, Role.SENDERS))


def _answers(one: Document, other: Document, old: Document, new: Document, at: str) -> Iterator[Break]:
    for status, answer in one.get("responses", {}).items():
        there = other.get("responses", {}).get(status)
        if there is None:
            if status.startswith("2"):
                yield Break(f"{at} {status}", "this answer is gone")
            continue
        for media, content in answer.get("content", {}).items():
            same = there.get("content", {}).get(media)
            if same is None:
                yield Break(f"{at} {status} {media}", "this kind of answer is gone")
                continue
            told = _within(content.get("schema", True), old), _within(same.get("schema", True), new)
            yield from _under(f"{at} {status}", breaks(*told, Role.READERS))


def _named(operation: Document) -> dict[tuple[str, str], Any]:
    return {(one["in"], one["name"]): one for one in operation.get("parameters", ())}


def _within(schema: Any, document: Document) -> Any:
    """Carry along what the schema may refer to."""
    if not isinstance(schema, Mapping):
        return schema
    return {**schema, "components": {"schemas": document.get("components", {}).get("schemas", {})}}


def _under(at: str, found: list[Break]) -> Iterator[Break]:
    yield from (Break(f"{at} {one.pointer or '/'}", one.what) for one in found)
