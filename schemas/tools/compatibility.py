"""
Finds what breaks a contract between two versions of a JSON Schema; pure, and rather too strict than too lax.

Senders break when the new schema refuses what the old one took. Readers break when it allows what the old one did not
promise. A field that goes breaks both. A keyword this module does not know may not change at all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.tools.amendments import Amendment

Schema = Mapping[str, Any] | bool
Plain = Mapping[str, Any]

_SPOKEN = frozenset(
    {
        "$comment",
        "components",
        "title",
        "description",
        "default",
        "examples",
        "example",
        "$id",
        "$schema",
        "$defs",
        "deprecated",
    }
)
_UNIONS = ("anyOf", "oneOf")
_LOWER = frozenset({"minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties"})
_UPPER = frozenset({"maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties"})
_EQUAL = frozenset({"pattern", "format", "uniqueItems", "multipleOf", "contentEncoding", "contentMediaType"})
_STRUCTURE = frozenset({"type", "enum", "const", "properties", "required", "additionalProperties", "items", "$ref"})
_KNOWN = _SPOKEN | _LOWER | _UPPER | _EQUAL | _STRUCTURE | frozenset(_UNIONS) | {"discriminator"}
_DEEPEST = 64


class Role(StrEnum):
    """Who is on the other side of the schema."""

    SENDERS = "senders"
    READERS = "readers"


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that breaks, at a JSON pointer into the documents that the schema describes."""

    pointer: str
    what: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.what}"


def breaks(old: Schema, new: Schema, role: Role, amendments: Sequence[Amendment] = ()) -> list[Break]:
    """Return what breaks for those on the other side when *old* is replaced by *new*, but for the *amendments*."""
    gone = [Break(at, "this field is gone") for at in _gone(_Side(old), _Side(new), "", 0)]
    wide, narrow = (_Side(old), _Side(new)) if role is Role.SENDERS else (_Side(new), _Side(old))
    told = list(dict.fromkeys(gone + list(_Comparison(role, amendments).narrowed(wide, narrow, "", 0))))
    vanished = {one.pointer for one in gone}
    return [one for one in told if one in gone or one.pointer not in vanished]


@dataclass(frozen=True, slots=True)
class _Side:
    """A part of a schema, references resolved, with the document to resolve further ones."""

    schema: Schema
    root: Schema | None = None

    def at(self, schema: Schema) -> "_Side":
        return _Side(schema, self.root if self.root is not None else self.schema)

    @property
    def plain(self) -> Mapping[str, Any]:
        """The keywords, following references; `true` has none."""
        schema: Any = {} if self.schema is True else {"enum": []} if self.schema is False else self.schema
        root: Any = self.root if self.root is not None else self.schema
        seen = 0
        while "$ref" in schema and seen < _DEEPEST:
            target: Any = root
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            schema = {**{key: value for key, value in schema.items() if key != "$ref"}, **target}
            seen += 1
        return schema  # type: ignore[no-any-return]

    def branches(self) -> list["_Side"]:
        """The alternatives of a union, each with what the union says besides; else this alone."""
        plain = self.plain
        for union in _UNIONS:
            if union in plain:
                rest = {key: value for key, value in plain.items() if key not in (*_UNIONS, "discriminator")}
                return [side for one in plain[union] for side in self.at(_both(rest, self.at(one).plain)).branches()]
        if isinstance(plain.get("type"), list):
            return [self.at({**plain, "type": kind}) for kind in plain["type"]]
        return [self.at(plain)]


class _Comparison:
    """Finds where *narrow* refuses what *wide* takes. The role only chooses the words."""

    def __init__(self, role: Role, amendments: Sequence[Amendment]) -> None:
        self._senders, self._amendments = role is Role.SENDERS, amendments

    def _say(self, at: str, senders: str, readers: str) -> Break:
        return Break(at, senders if self._senders else readers)

    def narrowed(self, wide: _Side, narrow: _Side, at: str, depth: int) -> Iterator[Break]:
        """Yield what is refused; of a union each alternative must be taken by one of the other side."""
        if depth > _DEEPEST or (wide.schema == narrow.schema and wide.root == narrow.root):
            return
        targets = narrow.branches()
        for branch in wide.branches():
            tried = [list(self._single(branch, target, at, depth)) for target in targets]
            yield from min(tried, key=len)

    def _single(self, wide: _Side, narrow: _Side, at: str, depth: int) -> Iterator[Break]:
        loose, strict = self._unamended(wide.plain, narrow.plain, at)
        wide, narrow = wide.at(loose), narrow.at(strict)
        unknown = {key for key in (*loose, *strict) if key not in _KNOWN and loose.get(key) != strict.get(key)}
        for key in sorted(unknown):
            yield Break(at, f"{key} changed; nothing here can tell whether that breaks")
        values = _values(loose)
        if _values(strict) is not None:
            yield from self._fewer_values(values, _values(strict) or [], at)
        yield from self._other_type(_types(loose), _types(strict), at)
        if values is None:
            yield from self._tighter(loose, strict, at)
        elif _values(strict) is None:
            yield from self._unbounded([value for value in values if not _keeps(value, strict)], at)
        yield from self._fields(wide, narrow, at, depth)
        if "items" in strict:
            yield from self.narrowed(
                wide.at(loose.get("items", True)), narrow.at(strict["items"]), f"{at}/*", depth + 1
            )

    def _unamended(self, loose: Plain, strict: Plain, at: str) -> tuple[Plain, Plain]:
        """Leave out the keywords whose change was made on purpose."""
        for amendment in self._amendments:
            old, new = (loose, strict) if self._senders else (strict, loose)
            if amendment.allows(old, new, at):
                loose, strict = amendment.without(loose), amendment.without(strict)
        return loose, strict

    def _fewer_values(self, values: list[Any] | None, left: list[Any], at: str) -> Iterator[Break]:
        if values is None:
            yield self._say(at, "only some values are taken now", "other values than the listed ones can come now")
            return
        for value in values:
            if value not in left:
                yield self._say(at, f"the value {value!r} is no longer taken", f"the new value {value!r} can come")

    def _unbounded(self, values: list[Any], at: str) -> Iterator[Break]:
        for value in values:
            yield self._say(at, f"the value {value!r} is no longer taken", f"the new value {value!r} can come")

    def _other_type(self, types: frozenset[str], left: frozenset[str], at: str) -> Iterator[Break]:
        if left and not types:
            yield self._say(at, f"only {_and(left)} is taken now", f"other types than {_and(left)} can come now")
        elif left and (other := types - left - ({"integer"} if "number" in left else set())):
            yield self._say(at, f"type {_and(other)} is no longer taken", f"type {_and(other)} can come now")

    def _tighter(self, loose: Mapping[str, Any], strict: Mapping[str, Any], at: str) -> Iterator[Break]:
        for key in sorted(_LOWER | _UPPER):
            if key in strict and not _within(key, loose.get(key), strict[key]):
                yield self._say(at, f"{key} is tighter: {strict[key]}", f"{key} is no longer {strict[key]}")
        for key in sorted(_EQUAL):
            if key in strict and strict[key] != loose.get(key):
                yield Break(at, f"{key} changed: what matched before may not match now, or the other way round")

    def _fields(self, wide: _Side, narrow: _Side, at: str, depth: int) -> Iterator[Break]:
        loose, strict = wide.plain, narrow.plain
        for name in sorted(set(strict.get("required", ())) - set(loose.get("required", ()))):
            yield self._say(f"{at}/{name}", "this field is now required", "this field may be missing now")
        known, taken = loose.get("properties", {}), strict.get("properties", {})
        others = strict.get("additionalProperties", True)
        for name, schema in known.items():
            if name in taken:
                yield from self.narrowed(wide.at(schema), narrow.at(taken[name]), f"{at}/{name}", depth + 1)
            elif others is False:
                yield self._say(f"{at}/{name}", "this field is no longer taken", "this field is new to closed readers")
            else:
                yield from self.narrowed(wide.at(schema), narrow.at(others), f"{at}/{name}", depth + 1)
        yield from self._other_fields(wide, narrow, at, depth)

    def _other_fields(self, wide: _Side, narrow: _Side, at: str, depth: int) -> Iterator[Break]:
        """Fields that nobody names: extensions of an open object, or the values of a dictionary."""
        loose, strict = wide.plain, narrow.plain
        if not _is_object(loose) or not _is_object(strict):
            return
        allowed, left = loose.get("additionalProperties", True), strict.get("additionalProperties", True)
        if allowed is False:
            return
        if left is False:
            yield self._say(at, "other fields are no longer taken", "other fields can come now")
        else:
            yield from self.narrowed(wide.at(allowed), narrow.at(left), f"{at}/*", depth + 1)
        if self._senders:
            for name in sorted(set(strict.get("properties", {})) - set(loose.get("properties", {}))):
                side = narrow.at(strict["properties"][name])
                yield from self.narrowed(wide.at(allowed), side, f"{at}/{name}", depth + 1)


def _both(one: Plain, other: Plain) -> Plain:
    """Return what both say: of fields that both name, what the other says beside it."""
    fields = dict(one.get("properties", {}))
    for name, schema in other.get("properties", {}).items():
        there = fields.get(name, True)
        fields[name] = {**there, **schema} if isinstance(there, Mapping) and isinstance(schema, Mapping) else schema
    required = [*one.get("required", ()), *other.get("required", ())]
    joined = {"properties": fields} if fields else {}
    return {**one, **other, **joined, **({"required": required} if required else {})}


def _gone(old: _Side, new: _Side, at: str, depth: int) -> Iterator[str]:
    """Yield the fields that the old schema names and no alternative of the new one."""
    if depth > _DEEPEST or (old.schema == new.schema and old.root == new.root):
        return
    fresh = new.branches()
    for branch in old.branches():
        for name, schema in branch.plain.get("properties", {}).items():
            there = [
                side.at(side.plain["properties"][name]) for side in fresh if name in side.plain.get("properties", {})
            ]
            if not there:
                yield f"{at}/{name}"
            inside = [list(_gone(branch.at(schema), side, f"{at}/{name}", depth + 1)) for side in there]
            yield from (one for one in (inside[0] if inside else ()) if all(one in each for each in inside))
        yield from _gone_inside(branch, fresh, at, depth)


def _gone_inside(old: _Side, fresh: list[_Side], at: str, depth: int) -> Iterator[str]:
    for key in ("items", "additionalProperties"):
        for side in fresh:
            one, other = old.plain.get(key), side.plain.get(key)
            if isinstance(one, Mapping) and isinstance(other, Mapping):
                yield from _gone(old.at(one), side.at(other), f"{at}/*", depth + 1)


def _values(plain: Mapping[str, Any]) -> list[Any] | None:
    if "const" in plain:
        return [plain["const"]]
    return list(plain["enum"]) if "enum" in plain else None


def _types(plain: Mapping[str, Any]) -> frozenset[str]:
    if "type" in plain:
        return frozenset({plain["type"]})
    values = _values(plain)
    return frozenset(_type_of(value) for value in values) if values else frozenset()


def _type_of(value: Any) -> str:
    names: list[tuple[type, str]] = [(bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")]
    return next((name for kind, name in names if isinstance(value, kind)), "null" if value is None else "object")


def _within(key: str, loose: Any, strict: Any) -> bool:
    if loose is None:
        return False
    ordered: Callable[[Any, Any], bool] = (lambda a, b: a >= b) if key in _LOWER else (lambda a, b: a <= b)
    return ordered(loose, strict)


def _keeps(value: Any, strict: Mapping[str, Any]) -> bool:
    """Say whether a listed value keeps the bounds of a schema that lists none; a pattern is not tried, but doubted."""
    if any(key in strict for key in _EQUAL):
        return False
    sized = isinstance(value, str)
    size = len(value) if sized else value
    bounds = [key for key in (_LOWER | _UPPER) & set(strict) if key.endswith("Length" if sized else "imum")]
    return all(_within(key, size, strict[key]) for key in bounds)


def _is_object(plain: Mapping[str, Any]) -> bool:
    return plain.get("type") == "object" or "properties" in plain


def _and(names: frozenset[str] | set[str]) -> str:
    return " and ".join(sorted(names))
