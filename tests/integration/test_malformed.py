"""Whatever stands on the log: a record breaks its contract and is set aside alone, or it is folded. Nothing else."""

import json
from collections.abc import AsyncIterator

import pytest

from services.scoring.domain.record import read_record
from tests.support.folding import Scoring
from tests.support.mutants import examples, mutants

FIRST_MS = 1_774_000_000_000


@pytest.fixture
async def scoring(scoring_dsn: str) -> AsyncIterator[Scoring]:
    """A database of this test's own."""
    made = await Scoring.open(scoring_dsn)
    yield made
    await made.pool.close()


async def test_no_field_of_any_event_can_break_the_fold(scoring: Scoring) -> None:
    """Every field of every golden example replaced by what does not belong there: found by decoding, or folded."""
    made = [mutant for example in examples().values() for mutant in mutants(example)]
    sent = [mutant.event | ({} if mutant.pointer == "/id" else {"id": f"m-{n}"}) for n, mutant in enumerate(made)]
    topics = {partition: [event for n, event in enumerate(sent) if n % 2 == partition + 1] for partition in (-1, 0)}
    log = {
        partition: [
            read_record(partition, offset, FIRST_MS + offset, json.dumps(event).encode())
            for offset, event in enumerate(events)
        ]
        for partition, events in topics.items()
    }

    await scoring.fold(log, [400])

    positions = await scoring.pool.fetch("SELECT next_offset FROM consumer_offset WHERE partition < 1")
    assert sum(row["next_offset"] for row in positions) == len(sent)
    assert await scoring.pool.fetchval("SELECT count(*) FROM journal WHERE fault IS NOT NULL") > len(sent) // 4
    assert await scoring.pool.fetchval("SELECT count(*) FROM journal WHERE fault IS NULL") > len(sent) // 10
