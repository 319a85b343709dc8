"""What notifications cannot read is kept apart, each record alone, and taken in once it can be read."""

import json

import asyncpg
import pytest

from schemas.topics import DIRECTORY, MEASURES
from services.kit.errors import TooManyMalformed
from services.kit.quota import Quota
from services.notifications.folding import KnowledgeFold, refold, take_in_later
from tests.support.mutants import examples, mutants
from tests.support.notifications import Log, head, unit, unit_day, voided, working_days
from tests.support.notifications_installation import Installation

KNOWLEDGE = ("unit_version", "headship", "headship_void", "unit_day")
DAY = working_days(1)[0]


async def _known(pool: asyncpg.Pool) -> dict[str, list[str]]:
    return {table: sorted(map(str, await pool.fetch(f"SELECT * FROM {table}"))) for table in KNOWLEDGE}


async def _kept(pool: asyncpg.Pool) -> list[tuple[str, int, bool]]:
    rows = await pool.fetch("SELECT topic, record_offset, for_later FROM set_aside ORDER BY topic, record_offset")
    return [(row["topic"], row["record_offset"], row["for_later"]) for row in rows]


async def test_no_field_of_any_record_can_break_the_fold(pool: asyncpg.Pool) -> None:
    """Every field of every event and of a unit-day replaced by what does not belong there: kept apart, or folded."""
    log, fold = Log(), KnowledgeFold(pool, Quota(share=1))
    sent = [mutant.event for example in examples().values() for mutant in mutants(example)]
    measures = [mutant.event for mutant in mutants(unit_day("A", DAY) | {"data": {}})]
    await fold.fold(log.directory(*sent))
    await fold.fold(log.measures(*measures))

    topics = [topic for topic, _, _ in await _kept(pool)]
    assert topics.count(DIRECTORY) > 100
    assert topics.count(MEASURES) > 20
    assert len(topics) < len(sent) + len(measures)


async def test_a_record_that_cannot_be_read_is_kept_apart_alone(installation: Installation) -> None:
    """Its neighbours in the batch count."""
    values = [b"\xff", json.dumps(unit("C", parent="K")).encode(), b"[]"]
    await installation.folding.fold(installation.log.batch(DIRECTORY, values))
    assert await _kept(installation.pool) == [(DIRECTORY, 5, False), (DIRECTORY, 7, False)]
    assert await installation.pool.fetchval("SELECT count(*) FROM unit_version WHERE unit = 'C'") == 1


async def test_a_flood_that_cannot_be_read_is_not_kept_apart(installation: Installation) -> None:
    """It stands still with everything as it was."""
    flood = installation.log.batch(DIRECTORY, [b"\xff"] * 200)
    with pytest.raises(TooManyMalformed):
        await installation.folding.fold(flood)
    assert await _kept(installation.pool) == []


async def test_events_of_unknown_types_wait_and_those_nobody_needs_do_not(installation: Installation) -> None:
    """A new version of a registration, and a void of something new, are for later; a closing is simply not needed."""
    newer = unit("C", parent="K") | {"type": "unit.registered.v9"}
    closing = unit("C") | {"type": "day.closed.v1", "data": {"date": "2026-01-05"}}
    await installation.directory(newer, voided(newer), closing)
    assert await _kept(installation.pool) == [(DIRECTORY, 5, True), (DIRECTORY, 6, True)]
    assert not await take_in_later(installation.pool)
    assert len(await _kept(installation.pool)) == 2


async def test_what_can_be_read_now_is_taken_in_as_if_it_always_had_been(pool: asyncpg.Pool) -> None:
    """Units, heads, voids and unit-days, whichever of them an older version could not read."""
    lost = head("E2", "A")
    events = [unit("K"), unit("A", parent="K"), head("E1", "K"), lost, voided(lost)]
    days = [unit_day("A", DAY, late=1), unit_day("A", DAY, late=2, revision=2)]
    whole = Installation(pool)
    await whole.directory(*events)
    await whole.measures(days, detected=False)
    known = await _known(pool)
    await pool.execute(f"TRUNCATE {', '.join(KNOWLEDGE)}")
    for topic, listed in ((DIRECTORY, events), (MEASURES, days)):
        for offset, each in enumerate(listed):
            await pool.execute(
                "INSERT INTO set_aside VALUES ($1, 0, $2, 'unknown', $3, now(), $4, now())",
                topic,
                offset,
                json.dumps(each).encode(),
                topic == DIRECTORY,
            )

    assert await take_in_later(pool)
    assert await refold(pool, only_later=False) == len(days)
    assert await _known(pool) == known
    assert (await _kept(pool), await refold(pool, only_later=False)) == ([], 0)
