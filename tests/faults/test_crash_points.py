"""A sample of the crash matrix; `make faults` runs all of it."""

import shutil
from collections.abc import AsyncIterator

import pytest

from services.local.servers import Servers
from tests.faults.matrix import line
from tests.faults.matrix_bed import Bed, bed
from tests.faults.matrix_cell import calm, run_cell
from tests.faults.matrix_points import POINTS, Point
from tests.faults.matrix_state import State

SAMPLE = [point for point in POINTS if point.name in ("ingest.acknowledged", "scoring.fold", "notifications.sent")]
SEED = 1

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
async def shared(servers: Servers) -> AsyncIterator[Bed]:
    """Topics, and a database with a quiet past to copy."""
    async with bed(servers.kafka.address, servers.postgres.address) as made:
        yield made


@pytest.fixture(scope="module")
async def expected(shared: Bed) -> State:
    """The end of a run in which nothing is killed, right by the oracle."""
    return await calm(shared, SEED)


@pytest.mark.parametrize("point", SAMPLE, ids=lambda point: point.name)
async def test_a_process_killed_between_two_steps_loses_and_doubles_nothing(
    shared: Bed, expected: State, point: Point
) -> None:
    """A service is killed at a place and started again: figures, alerts and mails are as they must be."""
    cell = await run_cell(shared, point, SEED, expected)
    assert not cell.failed, line(cell)


async def test_a_place_that_is_never_passed_is_a_failure(shared: Bed, expected: State) -> None:
    """The matrix says so when a process was not killed where it was to be: nothing is proved then."""
    cell = await run_cell(shared, Point("notifications.raise", "notifications", most=1_000_000), SEED, expected)
    assert cell.failed
    assert "not reached" in str(cell.broken)
    assert cell.evidence
    assert "not reached" in (cell.evidence / "wrong.txt").read_text("utf-8")
    shutil.rmtree(cell.evidence)
