"""Cases in which cards once differed from the words of the law."""

from collections.abc import AsyncIterator

import pytest

from services.local.servers import Servers
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.event_builders import event, person, unit
from tests.support.folding import Scoring, recorded_at
from tests.support.oracle import Event
from tests.support.oracle_cards import Cards
from tests.support.scorecards import card, fold_all

MONTH, TENTH = "2026-03", "2026-03-10T09:00:00+07:00"


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database that each test clears first."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        yield opened
        await opened.pool.close()


@pytest.mark.parametrize("subject", ["unit:loket-1", "employee:L1"])
async def test_a_contested_action_is_on_no_card_and_spoils_none(scoring: Scoring, subject: str) -> None:
    """Other events are on no card."""
    action = event("action.recorded.v1", subject, {"action": "a-1", "kind": "coaching", "owner": "L1"}, time=TENTH)

    await _is_that_of_the_words(scoring, [*_office(), action, _contest(action)], subject)


async def test_a_contested_service_for_another_unit_is_on_the_card_of_its_persons_unit(scoring: Scoring) -> None:
    """A unit's card has the contests of events whose `data.employee` is a person of its tree that day."""
    data = {"case": "c-1", "service": "ktp", "employee": "L1", "started_at": TENTH, "completed_at": TENTH}
    service = event("service.completed.v1", "unit:loket-2", data | {"sla_minutes": 5}, time=TENTH)

    await _is_that_of_the_words(scoring, [*_office(), service, _contest(service)], "unit:loket-1")


async def test_a_contested_complaint_that_does_not_count_yet_is_on_no_card(scoring: Scoring) -> None:
    """A complaint on the day it counts: an open one counts on none before its due day is closed."""
    data = {"complaint": "k-1", "category": "layanan", "received_at": TENTH, "due_at": TENTH}
    complaint = event("complaint.received.v1", "unit:loket-1", data, time=TENTH)

    await _is_that_of_the_words(scoring, [*_office(), complaint, _contest(complaint)], "unit:loket-1")


async def test_a_head_by_delegation_is_suggested_by_own_figures(scoring: Scoring) -> None:
    """Who is head(U, L) by a definitive assignment: delegates, if any, are the heads."""
    data = {"unit": "loket-1", "position": "x", "head": True, "basis": "delegate", "effective_from": "2026-03-01"}
    delegation = event("assignment.started.v1", "employee:L2", data, time=TENTH)
    said = {"period": MONTH, "capaian": "istimewa", "setter": "L9", "reason": "data"}
    capaian = event("capaian.set.v1", "unit:loket-1", said, time=TENTH)

    await _is_that_of_the_words(scoring, [*_office(), delegation, capaian], "employee:L2")


def _office() -> list[Event]:
    """Two units, one person and a head in the first."""
    members = [
        event(
            "assignment.started.v1",
            f"employee:{who}",
            {"unit": "loket-1", "position": "x", "head": leads, "basis": "definitive", "effective_from": "2026-01-01"},
        )
        for who, leads in (("L1", False), ("L2", True))
    ]
    return [unit("loket-1"), unit("loket-2"), person("L1"), person("L2"), *members]


def _contest(contested: Event) -> Event:
    named = {name: contested[name] for name in ("type", "source", "id")}
    return event("event.contested.v1", contested["subject"], {"contested": named, "reason": "keliru"}, time=TENTH)


async def _is_that_of_the_words(scoring: Scoring, events: list[Event], subject: str) -> None:
    await fold_all(scoring, events)
    found = await card(scoring, subject, MONTH)
    del found["position"]

    assert found == Cards((each, recorded_at(index)) for index, each in enumerate(events)).card(subject, MONTH)
