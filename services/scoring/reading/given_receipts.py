"""The book of receipts that were given: kept before one leaves, asked whether it would come out otherwise now."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from services.kit.postgres import connection, transaction
from services.scoring.domain.directory import Directory, code_of
from services.scoring.evaluation.periods import Period
from services.scoring.reading.answers import Answers, Snapshot, Unknown
from services.scoring.reading.evidence import Evidence
from services.scoring.reading.person_cards import PersonCards, PersonQuestion
from services.scoring.reading.scorecards import card_answer
from services.scoring.reading.since import About, Moment, Since
from services.scoring.reading.unit_cards import UnitCards, UnitQuestion
from services.scoring.receipts.given import Body, Given, Grounds, given, grounds, in_order
from services.scoring.receipts.signed import sha256_of
from services.scoring.store import queries

MOST_NAMED = 1_000
"""Positions that an answer names; of more the first."""


class ReceiptBook:
    """Receipts given out of one database, kept in short transactions of their own."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def keep(self, receipts: Sequence[Given]) -> None:
        """Keep that these were given; once however often. Raises Unavailable: then none may be given."""
        async with transaction(self._pool, acquire_s=4) as conn:
            await keep(conn, receipts)

    async def keep_signed(self, receipt: dict[str, Any]) -> bytes:
        """Keep that a signed receipt was given; return it as it is written."""
        kept = await asyncio.to_thread(lambda: given(receipt["receipt"], sha256_of(receipt["digests"])))
        await self.keep([kept])
        return orjson.dumps(receipt)

    async def found(self, sha256: str) -> Given:
        """Return a receipt that was given. Raises Unknown."""
        async with connection(self._pool) as conn:
            row = await queries.receipt_given(conn, sha256=bytes.fromhex(sha256))
        if row is None:
            raise Unknown(f"No receipt {sha256} was given here.")
        known_at = row["known_at"] and row["known_at"].isoformat()
        position = orjson.loads(row["position"])
        kept = Grounds(row["events"], row["contexts"], row["figures"], row["outcome"])
        return Given(sha256, row["subject"], row["period"], known_at, position, kept)


async def keep(conn: asyncpg.Connection, receipts: Sequence[Given]) -> None:
    """Keep that receipts were given, in the caller's transaction."""
    await queries.keep_receipts(
        conn,
        sha256s=[bytes.fromhex(each.sha256) for each in receipts],
        subjects=[each.subject for each in receipts],
        periods=[each.period for each in receipts],
        known_ats=[each.known_at and datetime.fromisoformat(each.known_at) for each in receipts],
        positions=[orjson.dumps(each.position).decode() for each in receipts],
        events=[each.grounds.events for each in receipts],
        contexts=[each.grounds.contexts for each in receipts],
        figures=[each.grounds.figures for each in receipts],
        outcomes=[each.grounds.outcome for each in receipts],
    )


class GivenReceipts:
    """Says of receipts that were given whether they would come out otherwise now."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def answer(self, kept: Given) -> dict[str, Any]:
        """Return {"stale", "because"}. Raises Unavailable."""
        async with self._answers.snapshot() as here:
            now = await self._now(here, kept)
            after = await asyncio.to_thread(grounds, now)
            if after == kept.grounds:
                return {"stale": False, "because": []}
            because = await self._because(here, kept, after, now)
        return {"stale": True, "because": in_order(because)[:MOST_NAMED]}

    async def _now(self, here: Snapshot, kept: Given) -> Body:
        evidence, period = Evidence(here.conn, here.partitions, None), Period.of(kept.period)
        answer = await card_answer(here)
        if kept.subject.startswith("unit:"):
            return await UnitCards(evidence, here.directory).receipt(
                UnitQuestion(code_of(kept.subject), period), answer
            )
        return await PersonCards(evidence, here.directory).receipt(
            PersonQuestion(code_of(kept.subject), period), answer
        )

    async def _because(self, here: Snapshot, kept: Given, after: Grounds, now: Body) -> list[str]:
        evidence = Evidence(here.conn, here.partitions, None)
        moment = Moment(dict(kept.position), datetime.fromisoformat(kept.known_at) if kept.known_at else None)
        since = Since(evidence, here.directory, here.partitions, moment)
        about, units = await self._about(here, evidence, kept, now)
        facts = await since.facts(about, acts=after.outcome != kept.grounds.outcome)
        moved = about.employee is None or after.contexts != kept.grounds.contexts or not facts
        return facts + (await since.directory(about, units) if moved else [])

    async def _about(self, here: Snapshot, evidence: Evidence, kept: Given, now: Body) -> tuple[About, set[str]]:
        """Return whose facts the receipt rests on, and the units whose contexts it has."""
        period, code = Period.of(kept.period), code_of(kept.subject)
        if kept.subject.startswith("unit:"):
            subjects = await UnitCards(evidence, here.directory).everybody(UnitQuestion(code, period))
            units = {code_of(each) for each in subjects if each.startswith("unit:")}
            return About(subjects, None, code, period), units | _above(here.directory, units, period)
        own = {each["unit"] for each in now["card"]["segments"] if each["unit"] is not None}
        named = await evidence.units_naming(code, period.first, period.last)
        subjects = [kept.subject, *sorted({*named, *(f"unit:{each}" for each in own)})]
        return About(subjects, code, None, period), own | _above(here.directory, own, period)


def _above(directory: Directory, units: set[str], period: Period) -> set[str]:
    """Return the units above these on the first or the last day of a period."""
    return {each for unit in units for day in (period.first, period.last) for each in directory.walk(unit, day)}
