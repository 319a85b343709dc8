"""One meaning a word: the glossary and the public names of the code agree."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
CODE = [path for folder in ("services", "schemas") for path in sorted((ROOT / folder).rglob("*.py"))]
GIVEN_UP = re.compile(r"^(part|off|offs|lanes?|stays?|stale|atoms|letters|modes|past|known|telling|tell_\w+)$", re.I)
"""As a module, a class or a public function; within a function a word is clear from where it stands."""


def public_names(path: Path) -> Iterator[str]:
    """The module, and what it defines for others."""
    yield path.stem if path.stem != "__init__" else path.parent.name
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
            yield node.name


def words() -> set[str]:
    """Every word of the code and of its tables: a term must be more than a page."""
    texts = [path.read_text("utf-8") for path in CODE + sorted((ROOT / "services").rglob("*.sql"))]
    return {word for text in texts for word in re.findall(r"\w+", text)} | {path.stem for path in CODE}


def test_every_name_of_the_glossary_exists() -> None:
    """A term that nothing is called by any more misleads whoever looks for it."""
    rows = [line.split("|")[2] for line in GLOSSARY.read_text("utf-8").splitlines() if line.startswith("| ")][1:]
    names = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(names) > 30
    assert names - words() == set()


def test_no_name_that_was_given_up_comes_back() -> None:
    """Two words for one thing make a newcomer look for the difference."""
    names = {f"{path.relative_to(ROOT)}: {name}": name for path in CODE for name in public_names(path)}
    assert [place for place, name in names.items() if GIVEN_UP.match(name)] == []
