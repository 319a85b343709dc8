"""
`python -m tests.faults`: the crash matrix on a real Kafka and a real PostgreSQL, started for it.

Exit status 1 when anything was lost or doubled, or when a place was not reached.
"""

import asyncio
import logging
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from fnmatch import fnmatchcase

from services.kit.errors import UserError
from services.kit.logs import configure_logs
from services.local.servers import servers
from tests.faults.matrix import line, report, run_matrix
from tests.faults.matrix_bed import bed
from tests.faults.matrix_cell import Cell
from tests.faults.matrix_points import POINTS, Point


def main() -> None:
    """Run what the command line asks for."""
    parser = ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds (default: 5)")
    parser.add_argument("--first-seed", type=int, default=1, help="the first of them (default: 1)")
    parser.add_argument("--points", nargs="*", default=["*"], help="names or patterns: scoring.commit 'ingest.*'")
    options = parser.parse_args()
    points = [point for point in POINTS if any(fnmatchcase(point.name, wanted) for wanted in options.points)]
    if not points:
        parser.error("no place has such a name; there are " + ", ".join(point.name for point in POINTS))
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    began = time.monotonic()
    configure_logs("faults", logging.ERROR)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        cells = asyncio.run(_run(points, seeds))
    except UserError as exc:
        sys.exit(f"faults: {exc}")
    except AssertionError as exc:
        sys.exit(f"faults: even a run in which nothing is killed does not end as it should: {exc}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("faults: stopped")
    report(cells, began)
    sys.exit(any(cell.failed for cell in cells))


async def _run(points: Sequence[Point], seeds: Sequence[int]) -> list[Cell]:
    cells = []
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # so that nothing is left behind
    async with servers() as running, bed(running.kafka.address, running.postgres.address) as shared:
        async for cell in run_matrix(shared, points, seeds):
            print(line(cell), flush=True)
            cells.append(cell)
    return cells


if __name__ == "__main__":
    main()
