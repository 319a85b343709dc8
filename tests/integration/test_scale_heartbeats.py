"""How far a source is complete is found by its greatest heartbeat: counted in rows read, whatever it sent before."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from services.scoring.domain.events import decode
from services.scoring.domain.facts import SourceReported
from tests.integration.conftest import role_dsn
from tests.support.event_builders import event, void
from tests.support.folding import Scoring, as_log, recorded_at
from tests.support.oracle import Event, Oracle

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MANY = 3_000


@pytest.fixture
async def scoring(migrated: str) -> Scoring:
    """A scoring database of this test's own."""
    return await Scoring.open(role_dsn(migrated, "scoring"))


def _heartbeat(source: str, up_to: str) -> Event:
    return event("source.reported.v1", f"source:{source}", {"up_to": up_to})


def _moment(heartbeat: Event) -> datetime:
    fact = decode(json.dumps(heartbeat).encode()).fact
    assert isinstance(fact, SourceReported)
    return fact.up_to


def _history(source: str) -> list[Event]:
    return [_heartbeat(source, (BEGIN + timedelta(minutes=minute)).isoformat()) for minute in range(MANY)]


async def _read(scoring: Scoring) -> int:
    """Rows of the journal read until now, by the server's own count."""
    await scoring.pool.execute("SELECT pg_stat_force_next_flush()")
    count = "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables WHERE relname LIKE 'journal%'"
    return int(await scoring.pool.fetchval(count))


async def test_a_voided_heartbeat_costs_no_history(scoring: Scoring) -> None:
    """The greatest that is left is found at once, and counts."""
    history = _history("loket")
    worker = await scoring.folded(as_log(history, scoring.partitions))
    before = await _read(scoring)
    log = as_log([*history, void(history[-1])], scoring.partitions)
    await worker.fold_records({part: records[-1:] for part, records in log.items()})

    assert await _read(scoring) - before < 100
    assert await scoring.coverage() == {"loket": BEGIN + timedelta(minutes=MANY - 2)}


async def test_coverage_as_known_then_reads_a_row_for_each_source(scoring: Scoring) -> None:
    """Whether it is asked about now or about the middle of the history."""
    history = [each for pair in zip(_history("loket"), _history("lapor"), strict=True) for each in pair]
    await scoring.fold(as_log(history, scoring.partitions), [2_500])
    before = await _read(scoring)
    now = await scoring.known_coverage(recorded_at(2 * MANY))
    half = await scoring.known_coverage(recorded_at(MANY - 1))

    assert await _read(scoring) - before < 100
    assert now == dict.fromkeys(("loket", "lapor"), BEGIN + timedelta(minutes=MANY - 1))
    assert half == dict.fromkeys(("loket", "lapor"), BEGIN + timedelta(minutes=MANY // 2 - 1))


async def test_moments_are_compared_as_moments(scoring: Scoring) -> None:
    """Offsets, missing seconds, nine digits, and what PostgreSQL cannot read as JSON: the greatest is the greatest."""
    written = ["2026-03-01T10:00+07:00", "2026-03-01T03:30:00Z", "2026-03-01T03:29:59.123456789+00:00"]
    nul = _heartbeat("nul", "2026-03-01T04:00:00Z") | {"note": "\u0000"}
    events = [*(_heartbeat("loket", moment) for moment in written), nul, _heartbeat("nul", "2026-03-01T03:00:00Z")]
    voids = [void(events[1]), void(events[4])]
    await scoring.fold(as_log([*events, *voids], scoring.partitions), [1])
    expected = {
        "loket": _moment(events[2]),
        "nul": datetime(2026, 3, 1, 4, tzinfo=UTC),
    }

    assert await scoring.coverage() == expected
    assert await scoring.known_coverage(recorded_at(9)) == expected
    assert await scoring.known_coverage(recorded_at(4)) == expected | {"loket": datetime(2026, 3, 1, 3, 30, tzinfo=UTC)}


async def test_a_source_whose_heartbeats_were_all_voided_is_known_before(scoring: Scoring) -> None:
    """It has no coverage now, and had some then; the oracle agrees."""
    only = _heartbeat("loket", "2026-03-01T03:30:00Z")
    events = [only, void(only)]
    await scoring.fold(as_log(events, scoring.partitions), [1])

    assert await scoring.coverage() == Oracle(events).coverage() == {}
    assert await scoring.known_coverage(recorded_at(0)) == Oracle(events[:1]).coverage()
