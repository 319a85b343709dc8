"""How much may be asked for at once as known at a moment: 50,000 person-days."""

import threading
from collections.abc import Callable, Sequence
from datetime import date

import pytest

from services.kit.errors import Refused
from services.scoring.reading import as_of
from tests.integration.conftest import role_dsn
from tests.support.event_builders import assigned, person, unit
from tests.support.folding import DayPairs, Scoring, as_log, recorded_at
from tests.support.oracle import Event

FIRST, LAST = date(1980, 1, 1), date(2079, 12, 31)
"""36,525 days: one person's whole time passes, that of two does not."""


@pytest.fixture
async def scoring(migrated: str) -> Scoring:
    """A scoring database of this test's own."""
    return await Scoring.open(role_dsn(migrated, "scoring"))


async def _ask(scoring: Scoring, *assignments: Event) -> DayPairs:
    events: Sequence[Event] = [unit("A"), unit("B"), person("E1"), person("E2"), *assignments]
    await scoring.fold(as_log(events, scoring.partitions), [3])
    try:
        return await scoring.known(recorded_at(len(events)), "unit:A", FIRST, LAST)
    finally:
        await scoring.pool.close()


async def test_only_days_with_the_unit_count(scoring: Scoring) -> None:
    """Somebody who was with the unit for ten days, or in its charge only, does not count for the whole span."""
    days = await _ask(
        scoring,
        assigned("E1", "A", "1980-01-01"),
        assigned("E2", "A", "2026-01-01", "2026-01-10"),
        assigned("E2", "A", "1980-01-01", basis="plt"),
    )

    assert len(days) == 36_525


async def test_more_is_refused(scoring: Scoring) -> None:
    """Two people over a hundred years are too many person-days."""
    with pytest.raises(Refused, match="known_at"):
        await _ask(scoring, assigned("E1", "A", "1980-01-01"), assigned("E2", "A", "1980-01-01"))


async def test_what_is_long_is_worked_out_beside_the_event_loop(
    scoring: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decoding the journal and adding up people's days leave their turn to everybody else."""
    threads: set[int] = set()
    for name in ("decode", "person_days"):
        of_old = getattr(as_of, name)

        def watched(*given: object, of_old: Callable[..., object] = of_old) -> object:
            threads.add(threading.get_ident())
            return of_old(*given)

        monkeypatch.setattr(as_of, name, watched)
    await _ask(scoring, assigned("E1", "A", "1980-01-01"))

    assert threads
    assert threading.get_ident() not in threads
