"""What an older version computed without work that ran late is noted to be recomputed when a database migrates."""

import re
from datetime import date
from importlib.resources import files

from tests.support.event_builders import assigned, person, punch, unit
from tests.support.folding import Scoring, as_log

NAMES = {"part": "partition", "stale": "recompute_queue"}
MIGRATION = files("services.scoring.store") / "migrations" / "0006_work_that_ran_late.sql"


async def test_the_days_about_every_going_home_in_the_small_hours_are_recomputed(scoring_dsn: str) -> None:
    """In any zone and however the moment is written; comings, and goings in daylight, are left alone."""
    events = [unit("A"), *(event for name in "BCDEFG" for event in (person(name), assigned(name, "A")))]
    events += [
        punch("B", "2026-11-24T01:10:00+07:00", "out"),
        punch("C", "2026-11-24T03:59:59.999+09:00", "out"),
        punch("D", "2026-11-24T04:00:00+07:00", "out"),
        punch("E", "2026-11-24T01:10:00+07:00", "in"),
        punch("F", "2026-11-23T20:59:00Z", "out"),
    ]
    scoring = await Scoring.open(scoring_dsn)
    await scoring.fold(as_log(events, 4), [20])
    before = await scoring.projections()

    await scoring.pool.execute(_as_named_now(MIGRATION.read_text("utf-8")))

    noted = await scoring.pool.fetch("SELECT code, first, last FROM recompute_queue ORDER BY code")
    assert [(row["code"], row["first"], row["last"]) for row in noted] == [
        ("B", date(2026, 11, 22), date(2026, 11, 26)),
        ("C", date(2026, 11, 22), date(2026, 11, 26)),
        ("F", date(2026, 11, 22), date(2026, 11, 26)),
    ]
    await scoring.fold({}, [1])
    assert await scoring.projections() == before
    await scoring.pool.close()


def _as_named_now(statements: str) -> str:
    """The migration with the names that a later one gave."""
    return re.sub(r"\b(part|stale)\b", lambda found: NAMES[found[0]], statements)
