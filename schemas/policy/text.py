"""Policies as texts, strict YAML 1.2 or JSON: each key once, nothing but what JSON has, and where everything stands."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from schemas.policy.refusals import InvalidPolicy
from schemas.problems import Problem, pointer

LARGEST = 1_000_000
"""Bytes of a policy; one has some 20,000."""
MOST_VALUES = 50_000
_TAG = "tag:yaml.org,2002:"
_TEXT = f"{_TAG}str"
_PLAIN = {_TAG + name for name in ("map", "seq", "str", "null", "bool", "int", "float")}
_NEITHER = "is neither YAML nor JSON in UTF-8"


@dataclass(frozen=True, slots=True)
class Source:
    """A document, and by JSON pointer the line, from 1, on which each of its values begins; none of JSON."""

    document: Any
    lines: Mapping[str, int]

    def line_of(self, where: str) -> int:
        """Return the line of what *where* points to, or of the nearest around it that is there."""
        while where not in self.lines and where:
            where = where.rpartition("/")[0]
        return self.lines.get(where, 1)


def read_source(content: bytes) -> Source:
    """Read a policy's text. Raises InvalidPolicy, with the line in the sentence, when it is no YAML or JSON."""
    if len(content) > LARGEST:
        raise InvalidPolicy([Problem("", f"a policy has at most {LARGEST} bytes")])
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(content.decode("utf-8-sig"))
        lines = dict(_bounded(_lines(node)))
        document = None if node is None else yaml.constructor.construct_document(node)
    except InvalidPolicy:
        raise
    except (YAMLError, ValueError, LookupError, RecursionError) as exc:
        raise InvalidPolicy([Problem("", _why(exc))]) from None
    return Source(document, lines)


def read_json(content: bytes) -> Any:
    """Read a policy's text of JSON. Raises InvalidPolicy, with the line in the sentence, when it is none."""
    try:
        orjson.loads(content)  # the stricter of the two; the other one tells a key that stands twice
        return json.loads(content, object_pairs_hook=_each_once)
    except orjson.JSONDecodeError as exc:
        raise InvalidPolicy([Problem("", f"line {exc.lineno}: is no JSON: {exc.msg}")]) from None
    except InvalidPolicy:
        raise
    except (ValueError, RecursionError):
        raise InvalidPolicy([Problem("", "is no JSON that we can read")]) from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidPolicy([Problem("", f"the key {twice!r} stands twice in one object: each is given once")])
    return found


def _why(exc: Exception) -> str:
    if isinstance(exc, MarkedYAMLError) and exc.problem_mark is not None:
        return f"line {exc.problem_mark.line + 1}: {exc.problem or exc.context}"
    return "lists and objects stand too deep within each other" if isinstance(exc, RecursionError) else _NEITHER


def _lines(node: Node | None, steps: tuple[Any, ...] = ()) -> Iterator[tuple[str, int]]:
    """Yield where the values below *node* begin. Raises InvalidPolicy at what JSON does not have."""
    if node is None:
        return
    _check(node)
    if isinstance(node, MappingNode):
        for key, value in node.value:
            _check_key(key)
            yield pointer(*steps, key.value), key.start_mark.line + 1
            yield from _lines(value, (*steps, key.value))
    elif isinstance(node, SequenceNode):
        for place, value in enumerate(node.value):
            yield pointer(*steps, place), value.start_mark.line + 1
            yield from _lines(value, (*steps, place))


def _bounded(lines: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Stop at what is written in few words and meant in more places than there is room for: aliases of aliases."""
    for number, line in enumerate(lines):
        if number > MOST_VALUES:
            raise InvalidPolicy([Problem("", f"has more than {MOST_VALUES:,} values, those behind *aliases counted")])
        yield line


def _check(node: Node) -> None:
    if node.tag == f"{_TAG}timestamp":  # YAML 1.2 has no dates: they are texts
        node.tag = _TEXT
    if node.tag not in _PLAIN:
        raise _foreign(
            node, f"{str(node.tag).replace(_TAG, '!!')} is not read: write texts, numbers, lists and objects"
        )
    if isinstance(node, ScalarNode):
        _check_text(node)


def _check_key(key: Node) -> None:
    if not isinstance(key, ScalarNode):
        raise _foreign(key, "a key is a text")
    key.tag = _TEXT if key.tag in _PLAIN else key.tag
    _check(key)


def _check_text(node: ScalarNode) -> None:
    try:
        node.value.encode()
    except UnicodeEncodeError:
        raise _foreign(node, "has half a character, which is no UTF-8") from None


def _foreign(node: Node, detail: str) -> InvalidPolicy:
    return InvalidPolicy([Problem("", f"line {node.start_mark.line + 1}: {detail}")])
