"""Five million employees in scoring's projections, as if weeks of their days had been folded."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

import asyncpg

from services.kit.postgres import open_pool
from services.scoring.domain.changes import EVER
from services.scoring.domain.days import LAST_DAY, ONE_DAY
from services.scoring.domain.record import DIRECTORY_PARTITION, read_record
from services.scoring.projections.unit_day.columns import UNIT_DAY
from services.scoring.store import queries
from services.scoring.store.directory_state import DirectoryState
from services.scoring.worker import Projector
from tests.bench.bulk import copy_lines, filling
from tests.bench.evaluated import add_evaluated
from tests.bench.events import FIRST_DAY
from tests.bench.options import Options
from tests.bench.partitions import parts_of
from tests.bench.population import Population, unit_code
from tests.bench.registrations import SINCE, employee_registered, schedules_set, units_registered
from tests.bench.report import Report
from tests.bench.stage import Database

PARTITIONS = 8
WEEKS = 4
"""Of unit-days; people's days are those of the first week."""
_FOLDED_AT_ONCE = 5_000
_CHUNK = 50_000
_NOW_MS = 1_795_500_000_000


async def load(
    database: Database, population: Population, evaluated: Sequence[int], options: Options, report: Report
) -> None:
    """
    Fill the directory by folding it, everything that has a row for each person by COPY.

    The journal has a registration of everybody; what cards rest on, it has of the people of the units *evaluated*.
    """
    began = time.perf_counter()
    await _fold_directory(database, population)
    report.step(f"... {population.units:,} units folded after {time.perf_counter() - began:.0f} s")
    partitions = parts_of(population.employees, PARTITIONS)
    tables = (
        "journal",
        "membership",
        "expected",
        "staffing",
        "attendance_day",
        "unit_day",
        "subtree_day",
        "subtree_staffing",
    )
    async with filling(database, tables, logged=False) as connection:
        await _people(connection, population, partitions)
        report.step(f"... people copied after {time.perf_counter() - began:.0f} s")
        await _days(connection, population, partitions, options.attendance_days)
        report.step(f"... their days copied after {time.perf_counter() - began:.0f} s")
        for partition in range(PARTITIONS):
            await queries.sum_subtree_days(connection, partition=partition)
            await queries.sum_subtree_staffing(connection, partition=partition, ever=EVER.last)
        await _year_of_the_root(connection)
        report.step(f"... sums over trees after {time.perf_counter() - began:.0f} s")
        await _registrations(connection, population.employees)
        await add_evaluated(connection, population, evaluated, PARTITIONS)
        report.step(f"... registrations copied after {time.perf_counter() - began:.0f} s, indexing ...")
    report.note(f"Loading {population.employees:,} employees took {time.perf_counter() - began:.0f} s.")


async def _fold_directory(database: Database, population: Population) -> None:
    """Fold units and schedules with the product's own code; with no facts yet nothing needs to be counted anew."""
    pool = await open_pool(database.dsns["scoring"], size=2, timeout_s=300)
    projector = Projector(pool, PARTITIONS, DirectoryState())
    try:
        await projector.prepare()
        messages = [value for _, value in (*schedules_set(population), *units_registered(population))]
        for start in range(0, len(messages), _FOLDED_AT_ONCE):
            some = messages[start : start + _FOLDED_AT_ONCE]
            records = [read_record(DIRECTORY_PARTITION, start + i, _NOW_MS, value) for i, value in enumerate(some)]
            await projector.fold_records({DIRECTORY_PARTITION: records})
        while await projector.drain():
            pass
        await pool.execute("TRUNCATE measure_outbox")
    finally:
        pool.terminate()


async def _people(connection: asyncpg.Connection, population: Population, partitions: bytes) -> None:
    columns = ("employee", "first", "last", "unit", "partition")
    for table in ("membership", "expected"):
        await copy_lines(connection, table, columns, _stays(population, partitions))
    await connection.execute(
        "INSERT INTO staffing (unit, day, partition, change) "
        "SELECT unit, day, partition, sum(change) FROM expected, "
        "LATERAL (VALUES (first, 1), ($1::date, -1)) AS edge (day, change) GROUP BY unit, day, partition",
        LAST_DAY + ONE_DAY,
        timeout=600,
    )


def _stays(population: Population, partitions: bytes) -> Iterator[bytes]:
    for unit, (first, last) in enumerate(pairwise(population.bounds)):
        middle = b"\t%b\t%b\tU%05d\t" % (SINCE.encode(), LAST_DAY.isoformat().encode(), unit)
        for person in range(first, last):
            yield b"E%07d%b%d\n" % (person, middle, partitions[person])


async def _days(connection: asyncpg.Connection, population: Population, partitions: bytes, days: int) -> None:
    """Copy people's days, sum them to unit-days as the fold would, and repeat those for the weeks that follow."""
    blocks = list(_present(population, partitions))
    columns = ("employee", "day", "partition", "unit", "timed", "on_time", "late_minutes")
    for number in range(days):
        day = (FIRST_DAY + timedelta(days=number)).isoformat().encode()
        today = (block.replace(b"\tDAY\t", b"\t%b\t" % day) for block in blocks)
        await copy_lines(connection, "attendance_day", columns, today)
    await connection.execute(
        "INSERT INTO unit_day (unit, day, partition, present, timed, on_time, late_minutes, service_n, service_total, "
        "survey_n, survey_total, complaint_n, complaint_total, overdue) "
        "SELECT unit, day + 7 * week, partition, n, timed, on_time, late, n / 7, n / 8, n / 17, n / 17 * 30, 0, 0, 0 "
        "FROM (SELECT unit, day, partition, count(*) AS n, sum(timed) AS timed, sum(on_time) AS on_time, "
        "sum(late_minutes) AS late FROM attendance_day GROUP BY unit, day, partition) AS own, "
        "generate_series(0, $1 - 1) AS week",
        WEEKS,
        timeout=1800,
    )


def _present(population: Population, partitions: bytes) -> Iterator[bytes]:
    """Yield blocks of lines of one day, its date left open: 96 % are present, 8 % of all late."""
    lines: list[bytes] = []
    for unit, (first, last) in enumerate(pairwise(population.bounds)):
        on_time = b"\tU%05d\t1\t1\t0\n" % unit
        for person in range(first, last):
            luck = person * 7919 % 100
            if luck >= 8:
                if luck < 96:
                    lines.append(b"E%07d\tDAY\t%d%b" % (person, partitions[person], on_time))
            else:
                lines.append(b"E%07d\tDAY\t%d\tU%05d\t1\t0\t%d\n" % (person, partitions[person], unit, 2 + 3 * luck))
        if len(lines) > _CHUNK:
            yield b"".join(lines)
            lines.clear()
    yield b"".join(lines)


async def _year_of_the_root(connection: asyncpg.Connection) -> None:
    """Repeat the root's sums for a year, of which every day brings and takes heads in each partition."""
    columns = ", ".join(("partition", "status", *UNIT_DAY))
    await connection.execute(
        f"INSERT INTO subtree_day (unit, day, {columns}) SELECT unit, day + 28 * month, {columns} "
        "FROM subtree_day, generate_series(1, 12) AS month WHERE unit = $1",
        unit_code(0),
    )
    await connection.execute(
        "INSERT INTO subtree_staffing (unit, day, partition, status, change) "
        "SELECT $1, $2::date + day, partition, status, CASE day % 2 WHEN 0 THEN -40 ELSE 40 END "
        "FROM generate_series(0, 364) AS day, "
        "(SELECT DISTINCT partition, status FROM subtree_staffing WHERE unit = $1) AS kept",
        unit_code(0),
        FIRST_DAY,
    )


async def _registrations(connection: asyncpg.Connection, employees: int) -> None:
    """Journal everybody's registration, after what is folded, and move the directory's position behind them."""
    after = await connection.fetchval("SELECT next_offset FROM consumer_offset WHERE partition = -1")
    columns = ("partition", "record_offset", "recorded_at", "identity", "type", "subject", "payload", "chain")
    await copy_lines(connection, "journal", columns, _registered(after, employees))
    await connection.execute("UPDATE consumer_offset SET next_offset = $1 WHERE partition = -1", after + employees)


def _registered(after: int, employees: int) -> Iterator[bytes]:
    """Yield rows as large as the fold's; identity and chain are other hashes, which nobody looks at here."""
    line = b"-1\t%d\t2026-01-01\t%b\temployee.registered.v1\temployee:E%07d\t\\\\x%b\t\\\\x%b\n"
    for person in range(employees):
        digest = hashlib.sha256(b"%d" % person).hexdigest().encode()
        payload = employee_registered(person).hex().encode()
        yield line % (after + person, digest[:32], person, payload, digest)
