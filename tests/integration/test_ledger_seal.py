"""Seals: what they prove that the journal alone cannot, and the command line around them."""

import asyncio
import json
import os
import stat
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.local.servers import Servers
from services.scoring.domain.record import chained, read_record
from services.scoring.ledger.report import Exit, partitions_of
from services.scoring.ledger.seal import Statement
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.histories import VILLAGE, random_arrivals, random_history
from tests.support.ledger import Ledger, Tampering, firsts, open_ledger

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
async def ledger(servers: Servers, template: str) -> AsyncIterator[Ledger]:
    """A journal with duplicates."""
    async with (
        fresh_database(servers.postgres.address, template) as admin,
        open_ledger(role_dsn(admin, "scoring"), servers.kafka.address) as opened,
    ):
        await opened.write(random_arrivals(5, random_history(5, 160, VILLAGE), 40), b"\xff no event")
        yield opened


async def _cutting(ledger: Ledger) -> Tampering:
    partition, offset, _ = await _weak_spot(ledger)

    async def cut(conn: asyncpg.Connection) -> None:
        await conn.execute("DELETE FROM journal WHERE partition = $1 AND record_offset >= $2", partition, offset)
        chain = await conn.fetchval(
            "SELECT chain FROM journal WHERE partition = $1 AND record_offset = $2", partition, offset - 1
        )
        change = "UPDATE consumer_offset SET next_offset = $2, chain = $3 WHERE partition = $1"
        await conn.execute(change, partition, offset, chain)

    return cut


async def _statement(ledger: Ledger, tampering: Tampering | None = None) -> Statement:
    report = await ledger.examine(tampering, with_log=False)
    return Statement(
        installation="test",
        first_started=None,
        sealed_at=datetime.now(UTC),
        compared_with_log=False,
        partitions=partitions_of(report.examined),
    )


async def _rewrite(conn: asyncpg.Connection, partition: int, offset: int, until: int | None) -> None:
    """Alter a record and chain everything anew up to before *until*, as somebody would who knows how."""
    await conn.execute(
        "UPDATE journal SET payload = convert_to(replace(convert_from(payload, 'UTF8'), '\"source\": \"', "
        "'\"source\": \"Z'), 'UTF8') WHERE partition = $1 AND record_offset = $2",
        *(partition, offset),
    )
    chain = await conn.fetchval(
        "SELECT chain FROM journal WHERE partition = $1 AND record_offset = $2 - 1", partition, offset
    )
    rows = await conn.fetch(
        "SELECT * FROM journal WHERE partition = $1 AND record_offset >= $2 ORDER BY record_offset", partition, offset
    )
    for row in rows:
        if row["record_offset"] == until:
            return
        record = read_record(
            partition, row["record_offset"], round((row["recorded_at"] - _EPOCH).total_seconds() * 1000), row["payload"]
        )
        chain = chained(chain, record)
        await conn.execute(
            "UPDATE journal SET chain = $3, identity = $4 WHERE partition = $1 AND record_offset = $2",
            *(
                partition,
                row["record_offset"],
                chain,
                row["identity"] if row["duplicate"] else UUID(bytes=record.identity),
            ),
        )
    await conn.execute("UPDATE consumer_offset SET chain = $2 WHERE partition = $1", partition, chain)


async def _weak_spot(ledger: Ledger) -> tuple[int, int, int]:
    """A partition, a record with bytes that nothing repeats, and the next duplicate after it."""
    query = """SELECT d.partition, max(j.record_offset) AS record_offset, d.record_offset AS until
        FROM journal d JOIN journal j ON j.partition = d.partition AND j.record_offset < d.record_offset
        AND j.record_offset > 2 AND NOT j.duplicate AND j.fault IS NULL
        AND NOT EXISTS (SELECT FROM journal r
            WHERE r.partition = j.partition AND r.identity = j.identity AND r.record_offset <> j.record_offset)
        WHERE d.duplicate GROUP BY d.partition, d.record_offset ORDER BY 3 DESC LIMIT 1"""
    (row,) = await ledger.scoring.pool.fetch(query)
    return row["partition"], row["record_offset"], row["until"]


def _rewriting(partition: int, offset: int, until: int | None) -> Tampering:
    async def tamper(conn: asyncpg.Connection) -> None:
        await _rewrite(conn, partition, offset, until)

    return tamper


async def test_what_was_rewritten_with_its_chain_only_a_seal_or_the_log_finds(ledger: Ledger) -> None:
    """Up to the next duplicate, whose bytes the journal has not: the head stays; the digest of the rows does not."""
    statement = await _statement(ledger)
    partition, offset, until = await _weak_spot(ledger)
    tampering = _rewriting(partition, offset, until)

    assert (await ledger.examine(tampering, with_log=False)).status is Exit.SOUND
    sealed = await ledger.examine(tampering, with_log=False, statement=statement)
    assert [broken.why for broken in sealed.broken] == ["rows"]
    assert (firsts(await ledger.examine(tampering, with_log=True))[partition].offset) == offset


async def test_a_partition_chained_anew_to_its_end_has_another_head(ledger: Ledger) -> None:
    """Whoever rewrites everything after a record cannot meet the sealed head."""
    statement = await _statement(ledger)
    last = "SELECT partition, next_offset - 1 AS record_offset FROM consumer_offset"
    (row,) = await ledger.scoring.pool.fetch(
        f"SELECT partition, record_offset FROM ({last}) o JOIN journal j USING (partition, record_offset) "
        "WHERE record_offset > 1 AND NOT duplicate AND fault IS NULL ORDER BY record_offset DESC LIMIT 1"
    )
    tampering = _rewriting(row["partition"], row["record_offset"], None)
    report = await ledger.examine(tampering, with_log=False, statement=statement)

    assert (await ledger.examine(tampering, with_log=False)).status is Exit.SOUND
    assert [broken.why for broken in report.broken] == ["head"]


async def test_a_journal_that_lost_its_end_no_longer_reaches_the_seal(ledger: Ledger) -> None:
    """Cutting off records and setting back the fence leaves a sound chain, but a shorter one."""
    statement = await _statement(ledger)
    cut = await _cutting(ledger)

    assert (await ledger.examine(cut, with_log=False)).status is Exit.SOUND
    broken = (await ledger.examine(cut, with_log=False, statement=statement)).broken
    assert [one.why for one in broken] == ["shorter"]


async def test_a_seal_holds_while_the_journal_grows(ledger: Ledger) -> None:
    """What was sealed is looked for at its own position, in the middle of what the journal holds by now."""
    statement = await _statement(ledger, await _cutting(ledger))

    assert (await ledger.examine(with_log=True, statement=statement)).status is Exit.SOUND


async def _kinerja(ledger: Ledger, *argv: str, **env: str) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KINERJA_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "ledger", *argv),
        env={**clean, "KINERJA_SCORING_DSN": ledger.dsn, "COLUMNS": "200", **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_a_seal_from_the_command_line_holds_until_a_byte_changes(ledger: Ledger, tmp_path: Path) -> None:
    """Key, seal, check; then one flipped byte: named, with status 1."""
    key, file = tmp_path / "key.pem", tmp_path / "seal.json"
    made, said = await _kinerja(ledger, "key", str(key))
    fingerprint = next(word for word in said.split() if word.startswith("SHA256:"))
    assert made == 0
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    sealed, said = await _kinerja(ledger, "seal", str(file), KINERJA_LEDGER_KEY=str(key))
    assert (sealed, "UTUH" in said, fingerprint in said) == (0, True, True)
    checked, said = await _kinerja(ledger, "check", str(file), "--fingerprint", fingerprint)
    assert (checked, "UTUH" in said) == (0, True)

    partition, offset, _ = await _weak_spot(ledger)
    flip = "UPDATE journal SET payload = set_byte(payload, 3, get_byte(payload, 3) # 1) "
    flip += "WHERE partition = $1 AND record_offset = $2"
    await ledger.scoring.pool.execute(flip, partition, offset)
    wrong, said = await _kinerja(ledger, "verify")
    resealed, _ = await _kinerja(ledger, "seal", str(tmp_path / "no.json"), KINERJA_LEDGER_KEY=str(key))
    await ledger.scoring.pool.execute(flip, partition, offset)

    assert wrong == 1
    assert f"{'directory/0' if partition < 0 else f'events/{partition}'}, rekaman {offset}: DIUBAH" in said
    assert (resealed, (tmp_path / "no.json").exists()) == (1, False)


async def test_a_seal_that_was_changed_or_signed_by_another_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    """Neither a changed statement nor a stranger's key passes, nor is a seal or a key overwritten."""
    key, file = str(tmp_path / "key.pem"), tmp_path / "seal.json"
    await _kinerja(ledger, "key", key)
    await _kinerja(ledger, "seal", str(file), KINERJA_LEDGER_KEY=key)
    stranger, said = await _kinerja(ledger, "check", str(file), "--fingerprint", "SHA256:other")
    assert (stranger, "kunci lain" in said) == (1, True)
    again, said = await _kinerja(ledger, "seal", str(file), KINERJA_LEDGER_KEY=key)
    assert (again, "tidak ditimpa" in said) == (1, True)
    assert (await _kinerja(ledger, "key", key))[0] == 1
    keyless, said = await _kinerja(ledger, "seal", str(tmp_path / "no.json"))
    assert (keyless, "KINERJA_LEDGER_KEY" in said) == (1, True)

    content: dict[str, Any] = json.loads(file.read_text())
    content["statement"]["installation"] = "another"
    file.write_text(json.dumps(content))
    changed, said = await _kinerja(ledger, "check", str(file))
    assert (changed, "tanda tangan" in said, "Traceback" in said) == (1, True, False)


async def test_a_log_that_does_not_answer_is_not_passed_over(ledger: Ledger) -> None:
    """Cutting off Kafka must not look like soundness: the status is 2, and the report says so."""
    status, said = await _kinerja(ledger, "verify", KINERJA_KAFKA="127.0.0.1:1")

    assert (status, "Kafka tidak menjawab" in said) == (2, True)
