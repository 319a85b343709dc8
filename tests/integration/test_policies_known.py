"""The policies as the database gives them back: at the last position, in steps, and as known at every moment."""

import random

import pytest

from services.scoring.domain.changes import Span
from services.scoring.domain.directory import Directory
from services.scoring.domain.events import decode
from services.scoring.evaluation.policy_list import listed
from services.scoring.reading.as_of import AsOf, policies_known
from services.scoring.store.directory_state import DirectoryState
from tests.integration.conftest import role_dsn
from tests.support.event_builders import person, unit, void
from tests.support.folding import BEGIN, Scoring, as_log, recorded_at
from tests.support.oracle import Event
from tests.support.policy_events import document, hash_of, proposed, published

DAY = Span(BEGIN.date(), BEGIN.date())


def _history() -> list[Event]:
    first, second = document(1), document(2)
    near, far = proposed("A", first, "2026-02-01"), proposed("*", second, "2026-03-01")
    published_near, published_far = published(near, hash_of(first)), published(far, hash_of(second))
    alone = published(far, hash_of(second), "E1")
    others = [unit("A"), unit("B", parent="A"), void(unit("C")), person("E1"), person("E2")]
    return [*others, near, far, published_near, published_far, alone, void(published_near), void(far, subject="unit:A")]


@pytest.mark.parametrize("seed", range(3))
async def test_policies_come_back_as_they_were_known(migrated: str, seed: int) -> None:
    """Whatever the order in which they came, voids before what they take back among them."""
    events = _history()
    random.Random(seed).shuffle(events)
    events += events[:3]  # sent again
    scoring = await Scoring.open(role_dsn(migrated, "scoring"))
    await scoring.fold(as_log(events, scoring.partitions), [2, 1, 3])
    decoded = [decode(record.payload) for record in as_log(events, scoring.partitions)[-1]]
    async with scoring.pool.acquire() as conn:
        known = [await policies_known(conn, recorded_at(index)) for index in range(len(events))]
        directories = [await AsOf(conn, recorded_at(index), DAY).directory() for index in range(len(events))]
        now = (await DirectoryState().current(conn)).policies
    scoring.pool.terminate()

    wanted = [listed(Directory.empty().with_events(decoded[: index + 1]).policies) for index in range(len(events))]
    assert [listed(each) for each in known] == wanted
    assert [listed(each.policies) for each in directories] == wanted
    assert listed(now) == wanted[-1]
    assert sorted(row["state"] for row in wanted[-1]) == ["proposed", "published", "refused", "shipped", "shipped"]
