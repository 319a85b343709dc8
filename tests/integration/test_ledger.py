"""`kinerja ledger` on real PostgreSQL and Kafka: whoever changes the journal is found, and the record is named."""

import random
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.local.servers import Servers
from services.scoring.domain.ledger import Finding, Kind
from services.scoring.ledger.report import Exit
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.histories import VILLAGE, random_arrivals, random_history
from tests.support.ledger import Ledger, Tampering, firsts, only, open_ledger

ROWS = """SELECT partition, record_offset, duplicate, count(*) OVER (PARTITION BY partition, identity) AS copies
FROM journal ORDER BY partition, record_offset"""


@pytest.fixture(scope="module")
async def ledger(servers: Servers, template: str) -> AsyncIterator[Ledger]:
    """A journal of some hundred records with duplicates, voids and one record that is no event."""
    async with (
        fresh_database(servers.postgres.address, template) as admin,
        open_ledger(role_dsn(admin, "scoring"), servers.kafka.address) as opened,
    ):
        events = random_history(3, 240, VILLAGE)
        await opened.write(random_arrivals(3, events, 40), b"\xff no event")
        yield opened


@pytest.fixture(scope="module")
async def rows(ledger: Ledger) -> list[asyncpg.Record]:
    """Place and flag of every row."""
    found: list[asyncpg.Record] = await ledger.scoring.pool.fetch(ROWS)
    return found


def _kept(rows: list[asyncpg.Record]) -> tuple[int, int]:
    """A row with its bytes that no duplicate repeats, neither the first nor the last of its partition."""
    partition = max(
        {row["partition"] for row in rows}, key=lambda partition: sum(row["partition"] == partition for row in rows)
    )
    own = [row["record_offset"] for row in rows if row["partition"] == partition and row["copies"] == 1]
    return partition, own[len(own) // 2]


def _flip(partition: int, offset: int, at: int = 5, bit: int = 1) -> Tampering:
    async def tamper(conn: asyncpg.Connection) -> object:
        flipped = "set_byte(payload, $3, get_byte(payload, $3) # $4)"
        return await conn.execute(
            f"UPDATE journal SET payload = {flipped} WHERE partition = $1 AND record_offset = $2",
            partition,
            offset,
            at,
            bit,
        )

    return tamper


def _set(partition: int, offset: int, change: str) -> Tampering:
    async def tamper(conn: asyncpg.Connection) -> object:
        return await conn.execute(
            f"UPDATE journal SET {change} WHERE partition = $1 AND record_offset = $2", partition, offset
        )

    return tamper


def _run(*statements: str) -> Tampering:
    async def tamper(conn: asyncpg.Connection) -> object:
        for statement in statements:
            await conn.execute(statement)
        return None

    return tamper


@pytest.mark.parametrize("with_log", [True, False], ids=["beside the log", "alone"])
async def test_an_untouched_journal_is_sound(ledger: Ledger, rows: list[asyncpg.Record], with_log: bool) -> None:
    """Duplicates, voids and a record that is no event included; without the log duplicates are only linked."""
    report = await ledger.examine(with_log=with_log)

    assert firsts(report) == {}
    assert report.status is Exit.SOUND
    assert sum(one.walk.rows for one in report.examined) == len(rows)
    assert sum(one.walk.compared for one in report.examined) == (len(rows) if with_log else 0)
    linked = sum(one.walk.linked_only for one in report.examined)
    assert linked == (0 if with_log else sum(row["duplicate"] for row in rows))
    assert sum(row["duplicate"] for row in rows) > 10


@pytest.mark.parametrize("with_log", [True, False], ids=["beside the log", "alone"])
async def test_one_flipped_bit_anywhere_names_exactly_its_record(
    ledger: Ledger, rows: list[asyncpg.Record], with_log: bool
) -> None:
    """Of thirty random bits of random records, each is found, and no other record is blamed."""
    dice = random.Random(11)
    for row in dice.sample([row for row in rows if row["copies"] == 1], 30):
        length = await ledger.scoring.pool.fetchval(
            "SELECT length(payload) FROM journal WHERE partition = $1 AND record_offset = $2",
            row["partition"],
            row["record_offset"],
        )
        flip = _flip(row["partition"], row["record_offset"], dice.randrange(length), 1 << dice.randrange(8))
        report = await ledger.examine(flip, with_log=with_log)

        assert report.status is Exit.WRONG
        assert {row["partition"]: (row["record_offset"], Kind.ALTERED)} == {
            partition: (found.offset, found.kind) for partition, found in firsts(report).items()
        }
        assert only(report, row["partition"]).walk.wrong == 1
        differs = firsts(report)[row["partition"]].differs
        assert differs == ("payload",) if with_log else "chain" in differs


COLUMNS = {
    "recorded_at": "recorded_at + interval '1 millisecond'",
    "recorded_at by less than Kafka's clock can say": "recorded_at + interval '7 microseconds'",
    "identity": "gen_random_uuid()",
    "type": "'attendance.punched.v9'",
    "subject": "'employee:somebody-else'",
    "day": "coalesce(day, '2026-01-01') + 1",
    "last_day": "'2026-03-03'",
    "named": "'somebody-else'",
    "key": "'another'",
    "voids": "gen_random_uuid()",
    "void_type": "'a.b.v1'",
    "fault": "'broken'",
    "chain": "set_byte(chain, 0, get_byte(chain, 0) # 1)",
}


@pytest.mark.parametrize("with_log", [True, False], ids=["beside the log", "alone"])
@pytest.mark.parametrize("column", COLUMNS)
async def test_each_column_is_held_to_the_payload(
    ledger: Ledger, rows: list[asyncpg.Record], column: str, with_log: bool
) -> None:
    """The columns by which the fold finds a fact cannot say something else than the record itself."""
    partition, offset = _kept(rows)
    name = column.partition(" ")[0]
    report = await ledger.examine(_set(partition, offset, f"{name} = {COLUMNS[column]}"), with_log=with_log)

    assert only(report, partition).walk.wrong == 1
    assert firsts(report)[partition].offset == offset
    shown = "identity" if name == "fault" else "chain" if column == "recorded_at" and not with_log else name
    assert shown in firsts(report)[partition].differs


@pytest.mark.parametrize("with_log", [True, False], ids=["beside the log", "alone"])
async def test_a_deleted_record_is_missing(ledger: Ledger, rows: list[asyncpg.Record], with_log: bool) -> None:
    """The gap is named, and nothing else."""
    partition, offset = _kept(rows)
    deleted = _run(f"DELETE FROM journal WHERE partition = {partition} AND record_offset = {offset}")
    report = await ledger.examine(deleted, with_log=with_log)

    assert firsts(report) == {partition: Finding(partition, offset, offset, Kind.MISSING)}
    assert only(report, partition).walk.wrong == 1


async def test_records_cut_off_the_end_are_missing(ledger: Ledger, rows: list[asyncpg.Record]) -> None:
    """The fence knows how many there were."""
    partition, offset = _kept(rows)
    report = await ledger.examine(
        _run(f"DELETE FROM journal WHERE partition = {partition} AND record_offset >= {offset}"), with_log=False
    )

    last = max(row["record_offset"] for row in rows if row["partition"] == partition)
    assert firsts(report) == {partition: Finding(partition, offset, last, Kind.MISSING)}


COPY = (
    "INSERT INTO journal (partition, record_offset, recorded_at, fault, payload, chain) "
    "SELECT partition, {offset}, recorded_at, 'x', '\\x00', chain FROM journal "
    "WHERE partition = {partition} AND record_offset = {of}"
)


@pytest.mark.parametrize("with_log", [True, False], ids=["beside the log", "alone"])
@pytest.mark.parametrize("place", ["before the first", "after the last"])
async def test_a_record_put_in_is_named(ledger: Ledger, rows: list[asyncpg.Record], place: str, with_log: bool) -> None:
    """There is no place for one more record, neither before the first nor after the last that was folded."""
    partition, of = _kept(rows)
    offset = (
        -1
        if place == "before the first"
        else max(row["record_offset"] for row in rows if row["partition"] == partition) + 1
    )
    report = await ledger.examine(_run(COPY.format(partition=partition, offset=offset, of=of)), with_log=with_log)

    assert firsts(report) == {partition: Finding(partition, offset, offset, Kind.INSERTED)}
    assert only(report, partition).walk.wrong == 1


@pytest.mark.parametrize("with_log", [True, False], ids=["beside the log", "alone"])
async def test_a_record_squeezed_in_between_is_named(
    ledger: Ledger, rows: list[asyncpg.Record], with_log: bool
) -> None:
    """Who makes room by moving all later records is found at the record that was put in."""
    partition, offset = _kept(rows)
    move = "UPDATE journal SET record_offset = record_offset"
    squeezed = _run(
        f"{move} + 1000000 WHERE partition = {partition} AND record_offset >= {offset}",
        f"{move} - 999999 WHERE partition = {partition} AND record_offset >= 1000000",
        COPY.format(partition=partition, offset=offset, of=offset - 1),
        f"UPDATE consumer_offset SET next_offset = next_offset + 1 WHERE partition = {partition}",
    )
    report = await ledger.examine(squeezed, with_log=with_log)

    assert firsts(report)[partition].offset == offset


@pytest.mark.parametrize("with_log", [True, False], ids=["beside the log", "alone"])
async def test_swapped_records_are_both_found(ledger: Ledger, rows: list[asyncpg.Record], with_log: bool) -> None:
    """The first of the two is named, the other counted."""
    partition, offset = _kept(rows)
    other = next(
        row["record_offset"]
        for row in rows
        if row["partition"] == partition and row["record_offset"] > offset and not row["duplicate"]
    )
    swap = _run(
        f"UPDATE journal SET record_offset = -5 WHERE partition = {partition} AND record_offset = {offset}",
        f"UPDATE journal SET record_offset = {offset} WHERE partition = {partition} AND record_offset = {other}",
        f"UPDATE journal SET record_offset = {other} WHERE partition = {partition} AND record_offset = -5",
    )
    report = await ledger.examine(swap, with_log=with_log)

    assert firsts(report)[partition].offset == offset
    assert only(report, partition).walk.wrong >= 2


@pytest.mark.parametrize("with_log", [True, False], ids=["beside the log", "alone"])
async def test_an_event_flagged_as_a_duplicate_is_named(
    ledger: Ledger, rows: list[asyncpg.Record], with_log: bool
) -> None:
    """With its bytes kept or removed: no earlier event has its identity."""
    partition, offset = _kept(rows)
    for change in ("duplicate = true", "duplicate = true, payload = NULL"):
        report = await ledger.examine(_set(partition, offset, change), with_log=with_log)

        assert firsts(report)[partition].offset == offset
        assert "duplicate" in firsts(report)[partition].differs


async def test_a_duplicate_that_counts_again_is_named(ledger: Ledger, rows: list[asyncpg.Record]) -> None:
    """Under another identity, since the index lets none count twice."""
    partition, offset = next((row["partition"], row["record_offset"]) for row in rows if row["duplicate"])
    change = "duplicate = false, identity = gen_random_uuid()"
    for with_log in (True, False):
        report = await ledger.examine(_set(partition, offset, change), with_log=with_log)

        assert firsts(report)[partition].offset == offset


async def test_a_journal_without_its_unique_index_is_not_called_sound(ledger: Ledger) -> None:
    """Rows are not compared pairwise; the index does that."""
    report = await ledger.examine(_run("DROP INDEX journal_identity"), with_log=False)

    assert report.status is Exit.WRONG


async def test_a_changed_head_is_named(ledger: Ledger, rows: list[asyncpg.Record]) -> None:
    """The fence's hash must be that of the last record."""
    partition, _ = _kept(rows)
    change = f"UPDATE consumer_offset SET chain = sha256('x') WHERE partition = {partition}"
    report = await ledger.examine(_run(change), with_log=False)

    last = max(row["record_offset"] for row in rows if row["partition"] == partition)
    assert firsts(report) == {partition: Finding(partition, last, last, Kind.HEAD, ("chain",))}
