"""Exports: every row from one snapshot, written to a file meanwhile; the receipts are kept before the file leaves."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any, Literal, NamedTuple

import asyncpg

from services.kit.access import Scope
from services.kit.errors import Refused
from services.kit.postgres import transaction
from services.scoring.domain.directory import Directory
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.regime import Home, Regime
from services.scoring.exports.mapping import Missing, People, SiasnMapping
from services.scoring.exports.sheets import Format, Sheet, sheet
from services.scoring.exports.values import (
    PERSON,
    RECEIPT,
    STATE,
    UNIT,
    Place,
    Value,
    Values,
    person_values,
    unit_values,
)
from services.scoring.reading.answers import Answers, Snapshot, Unknown
from services.scoring.reading.evidence import Evidence
from services.scoring.reading.given_receipts import keep
from services.scoring.reading.person_cards import PersonCards, PersonQuestion
from services.scoring.reading.scorecards import FEW, card_answer
from services.scoring.reading.unit_cards import UnitCards, UnitQuestion
from services.scoring.receipts.given import Given, given
from services.scoring.receipts.signed import digests, sha256_of
from services.scoring.store import queries

Export = Literal["skp22", "kinerjaperiodik", "scorecards", "unitcards"]
Purpose = Literal["reporting", "planning", "appeal", "audit"]
MOST_ROWS = 2_000
"""Rows of one file, some 25 ms of a core each: the answer begins within a minute."""
MOST_MISSING = 1_000
"""Cells that a refusal names; of more the first, and their number."""
MOST_ASSIGNMENTS = 50_000
_KEPT_AT_ONCE = 1_000


class NotCovered(Exception):
    """The right does not cover everybody who would be in the file; the text says how many it does not."""


@dataclass(frozen=True, slots=True)
class ExportQuestion:
    """Which export, of what tree and period, in what format, who asks for it and why."""

    export: Export
    unit: str
    period: Period
    format: Format
    reader: str
    purpose: Purpose

    def check(self) -> None:
        """Raise Refused, naming the parameter, for a period that the export is never of."""
        if self.export == "skp22" and self.period.kind != "year":
            raise Refused("period: skp22 is of a year, like 2026; kinerjaperiodik takes months and quarters, too.")


class MissingCell(NamedTuple):
    """A cell that cannot be filled: the row counted from 1 below the heading, whose it is, and why."""

    row: int
    subject: str
    missing: Missing


@dataclass(slots=True)
class Written:
    """What became of an export: rows, what is missing in them, and the receipts of all."""

    rows: int = 0
    missing: list[MissingCell] = field(default_factory=list)
    count_missing: int = 0
    receipts: list[Given] = field(default_factory=list)


class _Row(NamedTuple):
    subject: str
    values: Values
    receipt: Given


class Exports:
    """Makes exports of one database; receipts are kept through *pool*, *mapping* says what another system wants."""

    def __init__(self, answers: Answers, pool: asyncpg.Pool, mapping: SiasnMapping) -> None:
        self._answers, self._pool, self._mapping = answers, pool, mapping

    async def write(self, asked: ExportQuestion, scope: Scope, file: IO[bytes]) -> Written:
        """
        Write an export to a file, and keep that its receipts were given; nothing is kept where something is missing.

        Raises Unknown, Refused, NotCovered where *scope* does not cover all of it, and Unavailable.
        """
        asked.check()
        people = await asyncio.to_thread(self._mapping.people) if asked.export in ("skp22", "kinerjaperiodik") else {}
        async with self._answers.snapshot() as here:
            if asked.unit not in here.directory.codes or not scope.has(f"unit:{asked.unit}"):
                raise Unknown(f"There is no unit {asked.unit}; GET /v1/units lists them.")
            written = await self._written(here, asked, scope, people, file)
        if not written.count_missing:
            await self._keep(asked, written)
        return written

    async def _written(
        self, here: Snapshot, asked: ExportQuestion, scope: Scope, people: People, file: IO[bytes]
    ) -> Written:
        about = {
            "export": asked.export,
            "unit": asked.unit,
            "period": asked.period.text,
            "purpose": asked.purpose,
            "position": here.position,
        }
        into = sheet(asked.format, file, self._columns(asked.export), about)
        try:
            written = await self._filled(into, asked, _Rows(here, asked, scope), people)
        except BaseException:
            into.close()  # a workbook has a file of its own until then
            raise
        await asyncio.to_thread(into.close)
        return written

    async def _filled(self, into: Sheet, asked: ExportQuestion, rows: "_Rows", people: People) -> Written:
        written = Written()
        async for row in rows.units() if asked.export == "unitcards" else rows.people():
            cells, missing = self._cells(asked.export, row, people)
            written.rows += 1
            written.count_missing += len(missing)
            written.receipts.append(row.receipt)
            listed = [MissingCell(written.rows, row.subject, each) for each in missing]
            written.missing += listed[: MOST_MISSING - len(written.missing)]
            into.add(cells)
        return written

    def _columns(self, export: Export) -> list[str]:
        if export == "scorecards":
            return [*PERSON, STATE, RECEIPT]
        if export == "unitcards":
            return [*UNIT, STATE, RECEIPT]
        return [*(each.column for each in self._mapping.columns(export)), STATE, RECEIPT]

    def _cells(self, export: Export, row: _Row, people: People) -> tuple[list[Value], list[Missing]]:
        end = [row.values[STATE], row.receipt.sha256]
        if export == "scorecards" or export == "unitcards":
            names = PERSON if export == "scorecards" else UNIT
            return [*(row.values[name] for name in names), *end], []
        cells, missing = self._mapping.cells(export, row.values, people)
        return [*cells, *end], missing

    async def _keep(self, asked: ExportQuestion, written: Written) -> None:
        async with transaction(self._pool, acquire_s=4) as conn:
            for first in range(0, len(written.receipts), _KEPT_AT_ONCE):
                await keep(conn, written.receipts[first : first + _KEPT_AT_ONCE])
            await queries.keep_export(
                conn,
                reader=asked.reader,
                export=asked.export,
                unit=asked.unit,
                period=asked.period.text,
                purpose=asked.purpose,
                rows=written.rows,
            )


class _Rows:
    """The rows of one export, by the bytes of their codes."""

    def __init__(self, here: Snapshot, asked: ExportQuestion, scope: Scope) -> None:
        self._here, self._asked, self._scope = here, asked, scope
        self._directory: Directory = here.directory
        self._evidence = Evidence(here.conn, here.partitions, None)

    async def units(self) -> AsyncIterator[_Row]:
        """Yield a row for each unit that stands in the tree on the last day of the period."""
        period, last = self._asked.period, self._asked.period.last
        codes = sorted(self._directory.tree.below(self._asked.unit, last))
        self._check([f"unit:{each}" for each in codes])
        answer, cards = await card_answer(self._here), UnitCards(self._evidence, self._directory)
        for code in codes:
            body = await cards.receipt(UnitQuestion(code, period), answer)
            state = self._directory.unit(code, last)
            name, kind = (None, None) if state is None else (state.name, state.kind)
            values = unit_values(body, name, kind, sees_few=self._scope.is_everything, few=FEW)
            yield _Row(f"unit:{code}", values, await asyncio.to_thread(_given, body))

    async def people(self) -> AsyncIterator[_Row]:
        """Yield a row for everybody whose unit at the end lies in the tree."""
        homes = await self._homes()
        self._check([f"employee:{each}" for each in homes])
        answer, cards = await card_answer(self._here), PersonCards(self._evidence, self._directory)
        for employee in sorted(homes):
            body = await cards.receipt(PersonQuestion(employee, self._asked.period), answer)
            _, last = homes[employee]
            home = await self._place(employee, last)
            assert home is not None
            predikat = body["card"]["evaluation"]["predikat"]
            rater = predikat and await self._place(predikat["rater"], last)
            values = person_values(body, home, rater)
            yield _Row(f"employee:{employee}", values, await asyncio.to_thread(_given, body))

    async def _homes(self) -> dict[str, Home]:
        """Return where everybody last belonged in the period, if that was in the tree."""
        asked, tree = self._asked, self._directory.tree
        pieces = tree.pieces(asked.unit, asked.period.first, asked.period.last)
        people = await self._evidence.assigned({unit for *_, below in pieces for unit in below}, MOST_ASSIGNMENTS)
        if people is None:
            raise Refused(f"unit: too many people for one file; at most {MOST_ROWS}: ask for the units below.")
        await self._evidence.memberships(people)

        def found(regime: Regime) -> dict[str, Home | None]:
            return {each: regime.home(each, asked.period) for each in people}

        homes = await self._evidence.in_organisation(
            self._directory, lambda known: found(Regime(self._directory, known))
        )
        return {
            each: home for each, home in homes.items() if home is not None and asked.unit in self._directory.walk(*home)
        }

    def _check(self, subjects: Sequence[str]) -> None:
        if len(subjects) > MOST_ROWS:
            raise Refused(f"unit: {len(subjects)} rows, at most {MOST_ROWS} in one file: ask for the units below.")
        outside = len(subjects) - len(self._scope.of(subjects))
        if outside:
            raise NotCovered(f"This right does not cover {outside} of the {len(subjects)} in this file.")

    async def _place(self, employee: str, on: date) -> Place | None:
        held = await self._evidence.in_organisation(self._directory, lambda known: known.belonging(employee, on))
        if held is None:
            return None
        state = self._directory.unit(held.fact.unit, on)
        return Place(held.fact.unit, None if state is None else state.name, held.fact.position)


def _given(body: dict[str, Any]) -> Given:
    return given(body, sha256_of(digests(body)))
