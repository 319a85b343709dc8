"""The worked example of the law: the events of scoring-worked.json give its cards."""

import json
from datetime import datetime
from typing import Any

import orjson
import pytest

from services.scoring.evaluation.periods import Period
from services.scoring.ledger.keys import public_bytes
from services.scoring.reading.answers import Answers
from services.scoring.reading.scorecards import CardQuestion, Scorecards
from services.scoring.receipts.signed import digests, is_by
from tests.support.folding import Scoring
from tests.support.scorecards import KEYS, WORKED, card, receipt

HIDDEN = {"evaluations", "distribution", "position"}


@pytest.mark.parametrize("subject", WORKED["expected"])
async def test_the_worked_cards(scoring: Scoring, subject: str) -> None:
    """Field by field; the position depends on the log."""
    expected: dict[str, Any] = WORKED["expected"][subject]["card"]
    found = await card(scoring, subject, expected["period"])
    del found["position"]

    assert found == expected


@pytest.mark.parametrize("subject", WORKED["expected"])
async def test_the_worked_receipts(scoring: Scoring, subject: str) -> None:
    """The exact rationals behind the card, digests of every part, signed; one position gives the same bytes."""
    found = await receipt(scoring, subject, "2026-11")
    body = found["receipt"]

    assert body["exact"] == WORKED["expected"][subject]["exact"]
    assert {**body["card"], "position": None} == {**await card(scoring, subject, "2026-11"), "position": None}
    assert found["digests"] == digests(body)
    assert is_by(public_bytes(KEYS.keys[-1]), found["signature"]["value"], found["digests"])
    assert [day["date"] for day in body["days"]][:: len(body["days"]) - 1] == ["2026-10-31", "2026-12-01"]
    assert orjson.dumps(await receipt(scoring, subject, "2026-11")) == orjson.dumps(found)


async def test_a_persons_receipt_has_every_event_behind_the_card(scoring: Scoring) -> None:
    """Punches, services, answers, results, ratings, the contest and the chain, in the order of the log; no other."""
    events = (await receipt(scoring, "employee:E1001", "2026-11"))["receipt"]["events"]
    payloads = [json.loads(each["payload"]) for each in events]
    sent = {
        each["id"]
        for each in WORKED["events"]
        if each["subject"] == "employee:E1001" or each["data"].get("employee") == "E1001"
        if not each["type"].startswith(("employee.registered", "assignment."))
    }

    assert {each["id"] for each in payloads} == sent
    moments = [datetime.fromisoformat(each["recorded_at"]) for each in events]
    assert moments == sorted(moments)
    contested = [payload["id"] for payload, each in zip(payloads, events, strict=True) if each["contested"]]
    assert contested == ["p-E1001-2026-11-17"]


async def test_a_units_receipt_names_no_person_in_its_days(scoring: Scoring) -> None:
    """What each unit came to by itself, which sums to the card's."""
    body = (await receipt(scoring, "unit:padangsari", "2026-11"))["receipt"]
    (presence,) = [each for each in body["card"]["indicators"] if each["code"] == "unit-kehadiran"]
    inside = [day["parts"] for day in body["days"][1:-1]]
    summed = sum(part["attendance.presence"]["n"] for parts in inside for part in parts.values())

    assert summed == presence["n"]
    assert {unit for parts in inside for unit in parts} == {"padangsari"}


async def test_counts_of_a_small_group_are_not_for_every_reader(scoring: Scoring) -> None:
    """Two people are fewer than five: their states and predikat would show through, on the card and on its receipt."""
    question = CardQuestion(Period.of("2026-11"))
    few = await Scorecards(Answers(scoring.pool)).unit("padangsari", question, sees_few=False)
    whole = await card(scoring, "unit:padangsari", "2026-11")
    given = (await receipt(scoring, "unit:padangsari", "2026-11", sees_few=False))["receipt"]["card"]

    assert whole["evaluations"] == {"set": 1, "due": 1}
    for shown in (few, given):
        assert (shown["evaluations"], shown["distribution"]) == (None, None)
        assert {name: each for name, each in shown.items() if name not in HIDDEN} == {
            name: each for name, each in whole.items() if name not in HIDDEN
        }
