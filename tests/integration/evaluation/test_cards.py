"""Cards on real PostgreSQL equal the naive oracle's over random histories, whatever the order, batches and workers."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from services.local.servers import Servers
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring, as_log, recorded_at
from tests.support.histories import as_let_in, random_arrivals
from tests.support.histories.evaluations import random_evaluations
from tests.support.oracle import Event
from tests.support.oracle.log import REGISTRATIONS
from tests.support.oracle_cards import Cards
from tests.support.oracle_cards.organisation import segments
from tests.support.oracle_cards.periods import period
from tests.support.scorecards import card, fold_all

MONTH, QUARTER = "2026-03", "2026-Q1"
OTHERS = ("2026-04", "2026-Q2", "2025")
PARTITIONS = 4
EVERY_KEY = {
    "employee": {
        *("subject", "period", "segment", "known_at", "coverage", "provisional", "policy", "segments", "indicators"),
        *("groups", "suggested", "range", "contests", "ratings", "evaluation", "inside", "lateness", "absence", "pp30"),
    },
    "unit": {
        *("subject", "period", "segment", "known_at", "coverage", "provisional", "policy", "indicators", "groups"),
        *("range", "contests", "capaian", "used", "evaluations", "distribution", "obstacles", "missed"),
    },
}
Log = list[tuple[Event, datetime]]

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database that each test clears first."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        yield opened
        await opened.pool.close()


@pytest.mark.parametrize("seed", range(6))
async def test_every_card_is_that_of_the_words(scoring: Scoring, seed: int) -> None:
    """Of every person and unit, for a month and a quarter, and of every segment of them."""
    events = random_evaluations(seed)
    await fold_all(scoring, events, (7, 40, 3))
    cards = Cards(_log(events))

    assert await _wrong(scoring, cards, _subjects(events), (MONTH, QUARTER)) == []


@pytest.mark.parametrize("seed", range(20, 22))
async def test_cards_of_other_periods_are_those_of_the_words(scoring: Scoring, seed: int) -> None:
    """Of periods that go on, and of years, whose clocks are of the calendar."""
    events = random_evaluations(seed)
    await fold_all(scoring, events, (90,))
    cards, subjects = Cards(_log(events)), _subjects(events)

    assert await _wrong(scoring, cards, subjects, OTHERS) == []
    assert await _wrong(scoring, cards, subjects[seed % 3 :: 6], ("2026",)) == []


@pytest.mark.parametrize("seed", range(30, 32))
async def test_cards_of_the_past_are_those_of_the_words_over_what_was_known(scoring: Scoring, seed: int) -> None:
    """As known at random moments, cards are those of the events recorded by then."""
    events = as_let_in(random_arrivals(seed, random_evaluations(seed)))
    await fold_all(scoring, events, (11, 60))
    chance, subjects = random.Random(seed), _subjects(events)
    for index in sorted(chance.sample(range(len(subjects), len(events)), 3)):
        cards = Cards(_log(events), recorded_at(index))
        assert await _wrong(scoring, cards, chance.sample(subjects, 5), (MONTH, QUARTER)) == []


@pytest.mark.parametrize("seed", range(40, 42))
async def test_cards_do_not_depend_on_how_their_events_came(scoring: Scoring, seed: int) -> None:
    """In another order, with duplicates, in other batches, by two workers: the same cards; only what was known at a
    document's moment may then differ, and with it whether the figures changed since."""
    events = random_evaluations(seed)
    await fold_all(scoring, events, (2_500,))
    first = await _all_cards(scoring, events)
    await fold_all(scoring, random_arrivals(seed, events, len(events) // 3), (5, 17, 1))
    second = await _all_cards(scoring, events)
    await scoring.clear()
    await scoring.fold_with_two_workers(as_log(random_arrivals(seed + 1, events), PARTITIONS), (9, 2, 30))

    assert first == second
    assert first == await _all_cards(scoring, events)


def _subjects(events: Sequence[Event]) -> list[str]:
    return sorted({event["subject"] for event in events if event["type"] in REGISTRATIONS})


def _log(events: Sequence[Event]) -> Log:
    return [(event, recorded_at(index)) for index, event in enumerate(events)]


async def _all_cards(scoring: Scoring, events: Sequence[Event]) -> dict[str, dict[str, Any]]:
    found = {subject: await card(scoring, subject, MONTH) for subject in _subjects(events)}
    for each in found.values():
        del each["position"]
        if "evaluation" in each:
            del each["evaluation"]["restated"]
    return found


async def _wrong(scoring: Scoring, cards: Cards, subjects: Sequence[str], periods: Sequence[str]) -> list[str]:
    wrong = []
    for subject in subjects:
        for each in periods:
            for segment in (None, *_numbers(cards, subject, each)):
                wrong += await _differences_of(scoring, cards, subject, each, segment)
    return wrong


def _numbers(cards: Cards, subject: str, of: str) -> list[int]:
    """The segments of a person that have a unit, where there are several."""
    kind, _, person = subject.partition(":")
    runs = segments(cards.known, person, period(of)) if kind == "employee" else []
    return [number for number, run in enumerate(runs, 1) if run.unit is not None] if len(runs) > 1 else []


async def _differences_of(scoring: Scoring, cards: Cards, subject: str, of: str, segment: int | None) -> list[str]:
    found = await card(scoring, subject, of, segment, cards.known_at)
    assert found.keys() == EVERY_KEY[subject.partition(":")[0]] | {"position"}
    del found["position"]
    return _differences(cards.card(subject, of, segment), found, f"{subject} {of} {segment or ''}")


def _differences(said: Any, found: Any, at: str) -> list[str]:
    """Where the two differ, so that a failure names the field."""
    if isinstance(said, dict) and isinstance(found, dict):
        keys = sorted({*said, *found})
        return [each for key in keys for each in _differences(said.get(key, "-"), found.get(key, "-"), f"{at}/{key}")]
    if isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        pairs = enumerate(zip(said, found, strict=True))
        return [each for place, (one, other) in pairs for each in _differences(one, other, f"{at}/{place}")]
    return [] if said == found else [f"{at}: by the words {said!r}, answered {found!r}"]
