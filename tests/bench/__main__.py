"""`python -m tests.bench [names]`: measure, print one table, and write it as Markdown when asked to."""

import asyncio
import logging
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import structlog

from tests.bench import doorway, fold, freshness, growth, lab, machine, others, reading, rebuild
from tests.bench.options import FULL_HISTORY, SMALL, Options
from tests.bench.processes import Resident
from tests.bench.report import Report, Row
from tests.bench.stage import Stage, staged

Measurement = Callable[[Stage, Options, Report], Awaitable[None]]

MEASUREMENTS: dict[str, Measurement] = {
    "ingest": doorway.measure,
    "fold": fold.measure,
    "others": others.measure,
    "rebuild": rebuild.measure,
    "freshness": freshness.measure,
    "reading": reading.measure,
    "growth": growth.measure,
    "lab": lab.measure,
}
MEMORY_BUDGET_MB = 250


def main() -> None:
    """Entry point."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    given = _arguments()
    try:
        asyncio.run(_measure(given.names or list(MEASUREMENTS), _options(given), given.markdown))
    except asyncio.CancelledError:
        sys.exit("stopped")


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, []], help="what to measure; default: everything")
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to see that everything works")
    parser.add_argument("--runs", type=int, help="runs of each measurement; the median counts")
    parser.add_argument("--events", type=int, help="events folded in one run")
    parser.add_argument("--employees", type=int, help="size of the population")
    parser.add_argument("--seed", type=int, help="of the events")
    parser.add_argument("--history", type=int, nargs="+", help="rows in the journal for `growth`, shortest first")
    return parser.parse_args()


def _options(given: Namespace) -> Options:
    options = SMALL if given.small else Options()
    if os.environ.get("FULL") == "1":
        options = replace(options, history=FULL_HISTORY)
    if given.history:
        options = replace(options, history=tuple(given.history))
    named = ("runs", "events", "employees", "seed")
    return replace(options, **{name: getattr(given, name) for name in named if getattr(given, name) is not None})


async def _measure(names: list[str], options: Options, markdown: Path | None) -> None:
    _stop_on_signals()
    report, resident = Report(), Resident()
    described: dict[str, str] = {}
    for name in names:
        report.console.rule(name)
        async with staged(resident, name) as stage:
            described = described or await machine.described(stage.postgres.address)
            await MEASUREMENTS[name](stage, options, report)
    _memory(report, resident)
    report.show(described)
    if markdown:
        report.write(markdown, described)


def _stop_on_signals() -> None:
    """End by cancellation, so that servers and folders go; also where a shell made us ignore SIGINT."""
    work = asyncio.current_task()
    assert work
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)


def _memory(report: Report, resident: Resident) -> None:
    for process, peak in sorted(resident.peaks.items()):
        report.add(Row(f"greatest resident memory (VmHWM): {process}", [peak / 2**20], "MB", MEMORY_BUDGET_MB, "less"))


if __name__ == "__main__":
    main()
