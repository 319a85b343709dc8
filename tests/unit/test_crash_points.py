"""The places named in the services are those of the crash matrix, and nothing but tests gives them a meaning."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from services.kit import crashpoints
from tests.faults.matrix_points import INGEST, NOTIFICATIONS, POINTS, WORKER

SERVICES = Path(crashpoints.__file__).parents[1]


def _trees() -> Iterator[ast.AST]:
    for module in SERVICES.rglob("*.py"):
        yield ast.parse(module.read_text("utf-8"))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="crashpoints"), attr="reached"),
                args=[ast.Constant(value=str(name))],
            ):
                yield name


def test_the_matrix_ends_processes_at_every_named_place() -> None:
    """Each place is named once in the services and once in the matrix."""
    named = Counter(name for tree in _trees() for name in _names(tree))
    assert Counter(point.name for point in POINTS) == named


def test_a_place_is_in_the_process_that_passes_it() -> None:
    """The first half of a name says which service is ended."""
    ended = {"ingest": INGEST, "scoring": WORKER, "notifications": NOTIFICATIONS}
    assert [ended[point.name.partition(".")[0]] for point in POINTS] == [point.process for point in POINTS]


def test_no_service_can_arm_a_place() -> None:
    """Whatever the settings say: no module of the services refers to `crashpoints` but to call `reached`."""
    uses = [node for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Name)]
    calls = sum(1 for tree in _trees() for _ in _names(tree))
    assert sum(node.id == "crashpoints" for node in uses) == calls
    assert crashpoints.reached("anything") is None  # type: ignore[func-returns-value]


def test_a_seed_ends_a_process_at_the_same_arrival_for_ever() -> None:
    """A cell can be run again: point and seed decide, within the point's bound."""
    arrivals = {point: [point.arrival(seed) for seed in range(50)] for point in POINTS}
    assert all(set(found) == set(range(1, point.most + 1)) for point, found in arrivals.items())
    assert arrivals == {point: [point.arrival(seed) for seed in range(50)] for point in POINTS}
