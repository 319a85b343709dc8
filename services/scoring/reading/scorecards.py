"""Scorecards as the read API answers them: each from one consistent snapshot."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.kit.errors import Refused
from services.scoring.domain.changes import Span
from services.scoring.domain.directory import Directory
from services.scoring.evaluation.governing import with_sha256
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.person_card import earliest
from services.scoring.evaluation.shapes import Shape, moment
from services.scoring.reading import current
from services.scoring.reading.answers import Answers, Snapshot, Unknown
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.evidence import Evidence
from services.scoring.reading.person_cards import PersonCards, PersonQuestion
from services.scoring.reading.unit_cards import UnitCards, UnitQuestion
from services.scoring.receipts.keys import SigningKeys

FEW = 5
"""People in a group below which its counts are not for everybody."""


@dataclass(frozen=True, slots=True)
class CardQuestion:
    """What card is asked for: of what period, of one segment, under what policy by its hash, as known when."""

    period: Period
    segment: int | None = None
    policy: str | None = None
    known_at: datetime | None = None

    @property
    def span(self) -> Span:
        return Span(earliest(self.period), self.period.last)


class Scorecards:
    """Makes cards of one database."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def employee(self, employee: str, asked: CardQuestion) -> dict[str, Any]:
        """Answer with a person's card. Raises Unknown, Refused and Unavailable."""
        async with self._answers.snapshot() as here:
            await _check_employee(here, employee)
            directory, evidence = await _moment(here, asked)
            tried = await _tried(directory, asked)
            question = PersonQuestion(employee, asked.period, asked.segment, tried)
            card = await PersonCards(evidence, directory).card(question)
            return card | await _answer(here, asked)

    async def employee_receipt(self, employee: str, asked: CardQuestion, keys: SigningKeys) -> Shape:
        """Answer with a receipt of a person's card. Raises Unknown, Refused and Unavailable."""
        async with self._answers.snapshot() as here:
            await _check_employee(here, employee)
            directory, evidence = await _moment(here, asked)
            question = PersonQuestion(employee, asked.period)
            found = await PersonCards(evidence, directory).receipt(question, await _answer(here, asked))
        return await asyncio.to_thread(keys.signed, found)

    async def unit_receipt(self, code: str, asked: CardQuestion, keys: SigningKeys, *, sees_few: bool) -> Shape:
        """Answer with a receipt of a unit's card, as `unit` has it. Raises Unknown, Refused and Unavailable."""
        async with self._answers.snapshot() as here:
            _check_unit(here, code)
            directory, evidence = await _moment(here, asked)
            question = UnitQuestion(code, asked.period)
            found = await UnitCards(evidence, directory).receipt(question, await _answer(here, asked))
        if not sees_few:
            found["card"] = _without_few(found["card"])
        return await asyncio.to_thread(keys.signed, found)

    async def unit(self, code: str, asked: CardQuestion, *, sees_few: bool) -> dict[str, Any]:
        """
        Answer with a unit's card. Raises Unknown, Refused and Unavailable.

        Counts of a group of fewer than FEW people are for who *sees_few*: heads above it and HR.
        """
        async with self._answers.snapshot() as here:
            _check_unit(here, code)
            directory, evidence = await _moment(here, asked)
            card = await UnitCards(evidence, directory).card(
                UnitQuestion(code, asked.period, await _tried(directory, asked))
            )
            return (card if sees_few else _without_few(card)) | await _answer(here, asked)


def _without_few(card: Shape) -> Shape:
    """Leave out the counts of a small group, in which one person's evaluation shows."""
    if sum(card["evaluations"].values()) >= FEW:
        return card
    return card | {"evaluations": None, "distribution": None}


async def _check_employee(here: Snapshot, employee: str) -> None:
    if not await current.is_registered(here.conn, employee):
        raise Unknown(f"There is no employee {employee}; the id is the one they were registered with.")


def _check_unit(here: Snapshot, code: str) -> None:
    if code not in here.directory.codes:
        raise Unknown(f"There is no unit {code}; GET /v1/units lists them.")


async def _moment(here: Snapshot, asked: CardQuestion) -> tuple[Directory, Evidence]:
    """Return the directory and the evidence of the moment that is asked for."""
    evidence = Evidence(here.conn, here.partitions, asked.known_at)
    if asked.known_at is None:
        return here.directory, evidence
    return await AsOf(here.conn, asked.known_at, asked.span).directory(), evidence


async def _tried(directory: Directory, asked: CardQuestion) -> GoverningPolicy | None:
    """Return the policy that is asked for by its hash; None for those in force. Raises Refused where there is none."""
    if asked.policy is None:
        return None
    found = await asyncio.to_thread(with_sha256, directory.policies, asked.policy)
    if found is None:
        raise Refused("policy: no policy has this hash; GET /v1/policies lists them.")
    return GoverningPolicy(found, asked.policy, simulated=True)


async def _answer(here: Snapshot, asked: CardQuestion) -> Shape:
    if asked.known_at is None:
        return await card_answer(here)
    coverage = await AsOf(here.conn, asked.known_at, asked.span).coverage()
    return _answer_shape(here, asked.known_at, coverage)


async def card_answer(here: Snapshot) -> Shape:
    """Return what an answer of now adds to a card: the position, and how far the sources are complete."""
    return _answer_shape(here, None, await current.coverage(here.conn))


def _answer_shape(here: Snapshot, known_at: datetime | None, coverage: dict[str, datetime]) -> Shape:
    return {
        "known_at": known_at and moment(known_at),
        "position": here.position,
        "coverage": {source: {"up_to": moment(up_to)} for source, up_to in sorted(coverage.items())},
    }
