"""Policies as texts, strict YAML 1.2 or JSON: each key once, and the line on which everything stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from schemas.policy.refusals import InvalidPolicy
from schemas.problems import Problem, pointer

LARGEST = 1_000_000
"""Bytes of a policy; one has some 20,000."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document, and by JSON pointer the line, from 1, on which each of its values begins."""

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
        text = content.decode("utf-8-sig")
        node = yaml.compose(text)
        document = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as exc:
        raise InvalidPolicy([Problem("", _why(exc))]) from None
    return Source(document, dict(_lines(node)))


def _why(exc: Exception) -> str:
    if isinstance(exc, MarkedYAMLError) and exc.problem_mark is not None:
        return f"line {exc.problem_mark.line + 1}: {exc.problem or exc.context}"
    return "is neither YAML nor JSON in UTF-8"


def _lines(node: Node | None, steps: tuple[Any, ...] = ()) -> Iterator[tuple[str, int]]:
    if node is None:
        return
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield pointer(*steps, key.value), key.start_mark.line + 1
            yield from _below(value, (*steps, key.value))
    elif isinstance(node, SequenceNode):
        for place, value in enumerate(node.value):
            yield pointer(*steps, place), value.start_mark.line + 1
            yield from _below(value, (*steps, place))


def _below(node: Node, steps: tuple[Any, ...]) -> Iterator[tuple[str, int]]:
    yield from _lines(node, steps)
