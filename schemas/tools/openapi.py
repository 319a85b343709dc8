"""Finds what breaks the clients of an HTTP interface between two of its OpenAPI documents; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.tools.amendments import Amendment
from schemas.tools.compatibility import Break, Role, breaks

_METHODS = ("get", "put", "post", "patch", "delete")
Document = Mapping[str, Any]


class _Pair(NamedTuple):
    """The two documents, and what was changed between them on purpose."""

    old: Document
    new: Document
    amendments: Sequence[Amendment]

    def breaks(self, one: Any, other: Any, role: Role) -> list[Break]:
        return breaks(_within(one, self.old), _within(other, self.new), role, self.amendments)


def api_breaks(old: Document, new: Document, amendments: Sequence[Amendment] = ()) -> Iterator[Break]:
    """Yield what breaks: paths and answers that are gone, requests that are refused, answers that changed."""
    documents = _Pair(old, new, amendments)
    for path, item in old.get("paths", {}).items():
        for method in (name for name in _METHODS if name in item):
            at = f"/{method} {path}"
            there = new.get("paths", {}).get(path, {}).get(method)
            if there is None:
                yield Break(at, "this operation is gone")
                continue
            yield from _parameters(item[method], there, documents, at)
            yield from _bodies(item[method].get("requestBody"), there.get("requestBody"), documents, at)
            yield from _answers(item[method], there, documents, at)


def _parameters(one: Document, other: Document, documents: _Pair, at: str) -> Iterator[Break]:
    before, now = _named(one), _named(other)
    for key, parameter in now.items():
        if parameter.get("required") and not before.get(key, {}).get("required"):
            yield Break(f"{at}?{key[1]}", "this parameter is now required")
    for key, parameter in before.items():
        if key not in now:
            yield Break(f"{at}?{key[1]}", "this parameter is gone")
        else:
            found = documents.breaks(parameter["schema"], now[key]["schema"], Role.SENDERS)
            yield from _under(f"{at}?{key[1]}", found)


def _bodies(one: Document | None, other: Document | None, documents: _Pair, at: str) -> Iterator[Break]:
    for media, content in (one or {}).get("content", {}).items():
        there = (other or {}).get("content", {}).get(media)
        if there is None:
            yield Break(f"{at} {media}", "this kind of body is no longer taken")
        else:
            found = documents.breaks(content.get("schema", True), there.get("schema", True), Role.SENDERS)
            yield from _under(f"{at} {media}", found)


def _answers(one: Document, other: Document, documents: _Pair, at: str) -> Iterator[Break]:
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
            found = documents.breaks(content.get("schema", True), same.get("schema", True), Role.READERS)
            yield from _under(f"{at} {status}", found)


def _named(operation: Document) -> dict[tuple[str, str], Any]:
    return {(one["in"], one["name"]): one for one in operation.get("parameters", ())}


def _within(schema: Any, document: Document) -> Any:
    """Carry along what the schema may refer to."""
    if not isinstance(schema, Mapping):
        return schema
    return {**schema, "components": {"schemas": document.get("components", {}).get("schemas", {})}}


def _under(at: str, found: list[Break]) -> Iterator[Break]:
    yield from (Break(f"{at} {one.pointer or '/'}", one.what) for one in found)
