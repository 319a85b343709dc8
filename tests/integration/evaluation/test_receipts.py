"""Receipts agree with what is worked out from them alone, and name what was changed in them."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from services.scoring.ledger.keys import public_bytes
from services.scoring.receipts.signed import key_id
from services.scoring.receipts.verifying import Verdict, verify
from tests.support.folding import Scoring
from tests.support.scorecards import KEYS, WORKED, receipt

PUBLIC = {key_id(public_bytes(key)): public_bytes(key) for key in KEYS.keys}
PERIODS = ("2026-11", "2026-12", "2026-Q4", "2026")
SUBJECTS = sorted({each["subject"] for each in WORKED["events"] if each["subject"] != "unit:*"})


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("period", PERIODS)
async def test_every_receipt_agrees_with_itself(scoring: Scoring, subject: str, period: str) -> None:
    """Everybody's and every unit's, of months, a quarter and the year."""
    found = json.loads(json.dumps(await receipt(scoring, subject, period)))

    assert verify(found, PUBLIC).sentences == ()
    assert verify(found, PUBLIC).verdict is Verdict.EQUAL


def _leaves(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _leaves(value[key], (*steps, key))
    if isinstance(value, int | str) and any(char.isdigit() for char in str(value)):
        yield steps


def _changed(value: Any, chosen: random.Random) -> Any:
    """The same with one digit changed."""
    text = str(value)
    place = chosen.choice([number for number, char in enumerate(text) if char.isdigit()])
    digit = chosen.choice([each for each in "123456789" if each != text[place]])
    return type(value)(text[:place] + digit + text[place + 1 :])


@pytest.mark.parametrize("subject", ["employee:E1001", "unit:padangsari"])
async def test_any_single_changed_digit_is_named(scoring: Scoring, subject: str) -> None:
    """Wherever it stands, by the part that it stands in."""
    found = json.loads(json.dumps(await receipt(scoring, subject, "2026-11")))
    chosen = random.Random(11)
    places = list(_leaves(found["receipt"]))
    assert len(places) > 500
    for steps in chosen.sample(places, 400):
        changed = copy.deepcopy(found)
        holder = changed["receipt"]
        for step in steps[:-1]:
            holder = holder[step]
        holder[steps[-1]] = _changed(holder[steps[-1]], chosen)
        verdict = verify(changed, PUBLIC)
        assert verdict.verdict is not Verdict.EQUAL, steps
        if verdict.verdict is Verdict.DIFFERS:
            pointer = "".join(f"/{step}" for step in steps)
            (named,) = [each.removeprefix("altered ") for each in verdict.sentences if each.startswith("altered ")]
            assert f"{pointer}/".startswith(f"{named}/"), (steps, verdict.sentences)


FIGURES = (
    ("card", "indicators", 4, "score"),
    ("card", "indicators", 3, "value"),
    ("card", "indicators", 3, "n"),
    ("card", "indicators", 1, "target", "achievement"),
    ("card", "indicators", 4, "interval", "low"),
    ("card", "groups", "hasil_kerja", "index"),
    ("card", "suggested", "perilaku", "level"),
    ("card", "range", "groups", "perilaku", "index"),
    ("card", "segments", 0, "measures", "attendance.presence", "total"),
    ("card", "ratings", "supervisor", 0, "result"),
    ("card", "evaluation", "predikat", "reason"),
    ("days", 17, "measures", "attendance.late_minutes", "total"),
    ("exact", "perilaku"),
    ("card", "policy", "sha256"),
)


@pytest.mark.parametrize("steps", FIGURES, ids=lambda steps: "/".join(map(str, steps)))
async def test_a_figure_that_was_signed_wrong_is_named_where_it_stands(
    scoring: Scoring, steps: tuple[Any, ...]
) -> None:
    """Even whoever has the key cannot say otherwise than the events."""
    body = json.loads(json.dumps((await receipt(scoring, "employee:E1001", "2026-11"))["receipt"]))
    holder = body
    for step in steps[:-1]:
        holder = holder[step]
    before = holder[steps[-1]]
    holder[steps[-1]] = before + 1 if isinstance(before, int) else {"meets": "above", "below": "meets"}.get(before, "1")
    found = verify(json.loads(json.dumps(KEYS.signed(body))), PUBLIC)

    assert found.verdict is Verdict.DIFFERS
    assert any(each.startswith("".join(f"/{step}" for step in steps) + ": says ") for each in found.sentences)


async def test_a_signature_of_another_key_and_what_is_no_receipt_are_told_apart(scoring: Scoring) -> None:
    """Exit codes 2 and 3."""
    found = json.loads(json.dumps(await receipt(scoring, "employee:E1002", "2026-11")))
    assert verify(found, {}).verdict is Verdict.UNSIGNED
    found["signature"]["value"] = "A" * 86
    assert verify(found, PUBLIC).verdict is Verdict.UNSIGNED
    nothings: tuple[Any, ...] = (None, [], {}, {"receipt": {}}, "text")
    for nothing in nothings:
        assert verify(nothing, PUBLIC).verdict is Verdict.NO_RECEIPT
