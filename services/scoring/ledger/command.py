"""The tools behind `kinerja ledger`: wires settings, database, log, clock and terminal."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from services.kit.errors import Unavailable, UserError
from services.kit.settings import read_settings
from services.scoring.ledger import keys, output, seal
from services.scoring.ledger.log import Log, open_log
from services.scoring.ledger.report import Exit, Report, inspect, partitions_of
from services.scoring.ledger.settings import KeySettings, LedgerSettings
from services.scoring.ledger.verifying import heads, snapshot
from services.scoring.store import queries
from services.scoring.terminal import progress


def verify(seal_file: Path | None, expected: str | None, *, without_log: bool) -> int:
    """Examine the journal, also against a seal; print the report and return the exit status. Raises UserError."""
    settings = read_settings(LedgerSettings)
    console = Console()
    kept = seal.read_seal(seal_file) if seal_file else None
    if kept:
        _check_signer(console, kept, expected, settings)
    statement = kept.statement if kept else None
    try:
        report, _ = asyncio.run(_examine(settings, statement, without_log=without_log))
    except Unavailable as exc:
        return _not_examined(console, exc)
    output.tell(console, report)
    return report.status


def make_seal(file: Path, *, without_log: bool) -> int:
    """Examine the journal and, if nothing is wrong, write a signed statement of what it holds. Raises UserError."""
    settings = read_settings(LedgerSettings)
    key = keys.load_key(settings.ledger_key)
    console = Console()
    try:
        report, started = asyncio.run(_examine(settings, None, without_log=without_log))
    except Unavailable as exc:
        return _not_examined(console, exc)
    output.tell(console, report)
    if report.status is not Exit.SOUND:
        console.print("Segel tidak dibuat (no seal was made).")
        return report.status
    statement = seal.Statement(
        installation=settings.installation,
        first_started=started,
        sealed_at=datetime.now(UTC).replace(microsecond=0),
        compared_with_log=report.compared,
        partitions=partitions_of(report.examined),
    )
    signed = seal.sign(statement, key)
    seal.write_seal(file, signed)
    console.print(f"Segel: {file}\nSidik kunci (fingerprint): {signed.fingerprint}", soft_wrap=True, highlight=False)
    return Exit.SOUND


def make_key(file: Path) -> int:
    """Write a new key and say its fingerprint. Raises UserError."""
    console = Console()
    console.print(f"Kunci segel: {file}\nSidik kunci (fingerprint): {keys.make_key(file)}", soft_wrap=True)
    console.print("Catat sidik kunci ini di luar mesin ini; lalu KINERJA_LEDGER_KEY=" + str(file), soft_wrap=True)
    return Exit.SOUND


def _check_signer(console: Console, kept: seal.Seal, expected: str | None, settings: KeySettings) -> None:
    if expected is None and settings.ledger_key is not None:
        expected = keys.fingerprint(keys.public_bytes(keys.load_key(settings.ledger_key)))
    output.print_seal(console, kept, None if expected is None else kept.fingerprint == expected)
    if expected is not None and kept.fingerprint != expected:
        raise UserError(f"Segel ini ditandatangani kunci lain (signed by another key); diharapkan {expected}.")


def _not_examined(console: Console, exc: Unavailable) -> int:
    console.print(f"TIDAK SELESAI (not finished): {exc}", style="bold yellow", soft_wrap=True)
    return Exit.NOT_COMPARED


async def _examine(
    settings: LedgerSettings, statement: seal.Statement | None, *, without_log: bool
) -> tuple[Report, str | None]:
    async with AsyncExitStack() as stack:
        conn = await stack.enter_async_context(snapshot(settings.scoring_dsn.get_secret_value()))
        found = await heads(conn)
        kafka = None if without_log else settings.kafka
        log = await _log(stack, kafka, [head.partition for head in found])
        with progress("memeriksa", sum(head.next_offset for head in found)) as told:
            report = await inspect(conn, log, statement, told, log_silent=kafka is not None and log is None)
        started = await queries.first_started(conn)
        return report, started.isoformat() if started else None


async def _log(stack: AsyncExitStack, kafka: str | None, partitions: list[int]) -> Log | None:
    if kafka is None:
        return None
    try:
        return await stack.enter_async_context(open_log(kafka, partitions))
    except Unavailable:
        return None
