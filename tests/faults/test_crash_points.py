"""A sample of the crash matrix; `make faults` runs all of it."""

from collections.abc import AsyncIterator

import pytest

from services.local.servers import Servers
from tests.faults.matrix import line, run_matrix
from tests.faults.matrix_bed import Bed, bed
from tests.faults.matrix_points import POINTS

SAMPLE = ("ingest.acknowledged", "scoring.fold", "notifications.sent")
SEED = 1

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
async def shared(servers: Servers) -> AsyncIterator[Bed]:
    """Topics, and a database with a quiet past to copy."""
    async with bed(servers.kafka.address, servers.postgres.address) as made:
        yield made


async def test_a_process_killed_between_two_steps_loses_and_doubles_nothing(shared: Bed) -> None:
    """Ingest, the worker and notifications, each killed at a place: figures, alerts and mails are as they must be."""
    points = [point for point in POINTS if point.name in SAMPLE]
    cells = [cell async for cell in run_matrix(shared, points, [SEED])]
    assert [line(cell) for cell in cells if cell.failed] == []
    assert [cell.point.name for cell in cells if cell.point] == list(SAMPLE)


async def test_a_place_that_is_never_passed_is_a_failure(shared: Bed) -> None:
    """The matrix says so when a process was not killed where it was to be: nothing is proved then."""
    (point,) = [point for point in POINTS if point.name == "notifications.raise"]
    late = type(point)(point.name, point.process, most=1_000_000)
    (cell,) = [cell async for cell in run_matrix(shared, [late], [SEED])]
    assert cell.failed
    assert cell.broken
    assert "not reached" in cell.broken
