"""The named queries, as text."""

import re
from pathlib import Path

import pytest

import services.ingest.store.queries as queries

FILES = sorted((Path(queries.__file__).parent / "sql").glob("*.sql"))
HEAD = re.compile(r"^-- name: (\w+)\(([^)]*)\)", re.MULTILINE)
PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


def _queries(path: Path) -> list[tuple[str, list[str], list[str]]]:
    text = path.read_text("utf-8")
    heads = list(HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found = []
    for head, end in zip(heads, ends, strict=True):
        body = re.sub(r"--.*", "", text[head.end() : end])
        declared = [name.strip() for name in head[2].split(",") if name.strip()]
        found.append((head[1], declared, list(dict.fromkeys(PARAMETER.findall(body)))))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_parameters_are_declared_in_the_order_of_their_first_use(path: Path) -> None:
    """Values are passed by position, and a query's first line is where their order is looked up."""
    assert [query for query in _queries(path) if query[1] != query[2]] == []
