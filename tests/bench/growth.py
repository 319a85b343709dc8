"""What one more event costs when a million or ten million rows are in the journal already."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import md5
from statistics import median

from schemas.topics import EVENTS
from tests.bench.bulk import copy_lines, filling
from tests.bench.events import FIRST_DAY, facts, punch
from tests.bench.folding import fold_all, founded
from tests.bench.loading import PARTITIONS
from tests.bench.options import Options
from tests.bench.partitions import parts_of
from tests.bench.population import Population, populate
from tests.bench.report import Report, Row
from tests.bench.stage import Database, Stage
from tests.bench.topics import preload

FLAT = 1.2
_PEOPLE = 100_000
"""Whose past fills the journal; a share of them occurs in what is folded."""
_JOURNAL = ("partition", "record_offset", "recorded_at", "identity", "type", "subject", "day", "payload", "chain")
_DAYS = ("employee", "day", "partition", "unit", "timed", "on_time", "late_minutes")


async def measure(stage: Stage, options: Options, report: Report) -> None:
    """Fold the same people's following weeks, as many events each time, onto longer and longer pasts."""
    stream = (options.growth_events, options.seed, options.employees, options.days)
    population = populate(options.employees)
    rates: dict[int, list[float]] = {}
    spent: dict[int, list[float]] = {}
    week = filled = 0
    async with founded(stage, report, stream) as database:
        for rows in options.history:
            report.step(f"filling the journal to {rows:,} rows ...")
            filled = await _fill(database, population, rows, filled)
            rates[rows], spent[rows] = [], []
            for _ in range(options.runs):
                await preload(stage.kafka.address, EVENTS, facts(*stream, week))
                folded = await fold_all(stage, database)
                rates[rows].append(folded.per_second)
                spent[rows].append(folded.processor_us)
                report.step(f"folded {folded.per_second:,.0f}/s; {folded.why}")
                week += 1
            what = f"... fold with {rows:,} rows in the journal before, {options.growth_events:,} events a run"
            report.add(Row(what, rates[rows], "events/s"))
    _compare(report, rates, spent)


def _compare(report: Report, rates: dict[int, list[float]], spent: dict[int, list[float]]) -> None:
    least = min(rates)
    for rows in sorted(rates)[1:]:
        cost = median(rates[least]) / median(rates[rows])
        what = f"cost of one more event, {rows:,} against {least:,} rows in the journal"
        before, after = median(spent[least]), median(spent[rows])
        reason = f"processor time an event, worker and PostgreSQL, {after:.0f} against {before:.0f} µs"
        report.add(Row(what, [cost], "times", FLAT, "less", reason=reason, tell=True, digits=2))


async def _fill(database: Database, population: Population, rows: int, filled: int) -> int:
    """
    Add days of the past, two punches for everyone, until the journal has *rows*; return how many days it has now.

    The rows are like the fold's; their offsets lie below 0, so that the log goes on where it is.
    """
    people = _everyone(population)
    days = range(filled, max(filled + 1, rows // (2 * len(people))))
    partitions = parts_of(population.employees, PARTITIONS)
    async with filling(database, ("journal", "attendance_day"), logged=True) as connection:
        await copy_lines(connection, "journal", _JOURNAL, _punches(population, people, partitions, days))
        await copy_lines(connection, "attendance_day", _DAYS, _present(population, people, partitions, days))
    return days.stop


def _everyone(population: Population) -> range:
    """Return people spread over all units."""
    return range(0, population.employees, max(1, population.employees // _PEOPLE))


def _date(days_before: int) -> bytes:
    return (FIRST_DAY - timedelta(days=days_before + 1)).isoformat().encode()


def _punches(population: Population, people: range, partitions: bytes, days: range) -> Iterator[bytes]:
    line = b"%d\t%d\t%b 01:00:00+00\t%b\tattendance.punched.v1\temployee:E%07d\t%b\t\\\\x%b\t\\\\x%b\n"
    for before in reversed(days):
        day, offset = _date(before), -2 * len(people) * (before + 1)
        for second in (26_700, 57_900):
            for person in people:
                name = md5(b"%d/%d/%d" % (before, second, person), usedforsecurity=False).hexdigest().encode()
                value = punch(-offset, population.unit_of(person), person, day, second + person % 900)
                payload = value.hex().encode()
                yield line % (partitions[person], offset, day, name, person, day, payload, name + name)
                offset += 1


def _present(population: Population, people: range, partitions: bytes, days: range) -> Iterator[bytes]:
    for before in reversed(days):
        day = _date(before)
        for person in people:
            yield b"E%07d\t%b\t%d\tU%05d\t1\t1\t0\n" % (person, day, partitions[person], population.unit_of(person))
