"""Cards of a log folded on real PostgreSQL without Kafka, as the read API answers them."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.scoring.evaluation.periods import Period
from services.scoring.reading.answers import Answers
from services.scoring.reading.scorecards import CardQuestion, Scorecards
from services.scoring.receipts.keys import SigningKeys
from tests.support.folding import Scoring, as_log
from tests.support.oracle import Event

WORKED: dict[str, Any] = json.loads(Path(__file__).with_name("scoring-worked.json").read_text("utf-8"))
"""The worked example of the law: events, and the cards that they give."""


async def fold_all(scoring: Scoring, events: Sequence[Event], cuts: Sequence[int] = (2_500,)) -> None:
    """Forget everything and fold these events in this order."""
    await scoring.clear()
    await scoring.fold(as_log(events, scoring.partitions), cuts)


async def card(
    scoring: Scoring, subject: str, period: str, segment: int | None = None, known_at: datetime | None = None
) -> dict[str, Any]:
    """The card of a subject."""
    kind, _, code = subject.partition(":")
    cards = Scorecards(Answers(scoring.pool))
    question = CardQuestion(Period.of(period), segment, None, known_at)
    return await (cards.unit(code, question, sees_few=True) if kind == "unit" else cards.employee(code, question))


KEYS = SigningKeys((Ed25519PrivateKey.from_private_bytes(bytes(range(32))),))
"""The key that signs in tests."""


async def receipt(
    scoring: Scoring,
    subject: str,
    period: str,
    known_at: datetime | None = None,
    keys: SigningKeys = KEYS,
    *,
    sees_few: bool = True,
) -> dict[str, Any]:
    """The receipt of a subject's card."""
    kind, _, code = subject.partition(":")
    cards, question = Scorecards(Answers(scoring.pool)), CardQuestion(Period.of(period), known_at=known_at)
    if kind == "unit":
        return await cards.unit_receipt(code, question, keys, sees_few=sees_few)
    return await cards.employee_receipt(code, question, keys)
