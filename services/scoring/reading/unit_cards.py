"""Scorecards of units: figures from the kept sums, and from the journal what its tree agreed on and disputes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.kit.errors import Refused
from services.scoring.domain.changes import Span
from services.scoring.domain.days import ONE_DAY
from services.scoring.domain.directory import Directory, code_of
from services.scoring.domain.figures import Counted, Figures
from services.scoring.evaluation.contested import Contested
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.regime import Regime
from services.scoring.evaluation.shapes import Shape
from services.scoring.evaluation.unit_card import UnitCase, UnitFigures, assessed, unit_card
from services.scoring.projections.membership.rows import Membership
from services.scoring.projections.unit_day.columns import Counters, read_all
from services.scoring.reading import current
from services.scoring.reading.as_of import AsOf
from services.scoring.reading.contests import is_of, placed
from services.scoring.reading.evidence import Evidence, by_subject, standing
from services.scoring.reading.person_cards import undisputed
from services.scoring.reading.receipts import behind, of_contests, unit_days
from services.scoring.receipts.body import Behind, body

MOST_ASSIGNMENTS = 50_000
"""Beyond, a card that counts the targets and contests of everybody is refused."""


class Tree:
    """The units below one, itself included, and who belonged there, on the days of a period."""

    def __init__(self, directory: Directory, code: str, period: Period, memberships: Mapping[str, Membership]) -> None:
        self.code, self.period = code, period
        self._directory = directory
        self._memberships = memberships

    def has(self, unit: str | None, on: date) -> bool:
        """Say whether a unit stood in the tree on a day."""
        return unit is not None and unit in self._directory.tree.below(self.code, on)

    def has_person(self, employee: str, on: date) -> bool:
        """Say whether somebody belonged to the tree on a day."""
        membership = self._memberships.get(employee)
        return membership is not None and self.has(membership.unit(on), on)

    @property
    def everybody(self) -> Collection[str]:
        """Whoever some assignment ever put into a unit of the tree, by id."""
        return self._memberships.keys()

    @property
    def people(self) -> list[str]:
        """Who belongs there on the last day of the period, by id."""
        return sorted(each for each in self._memberships if self.has_person(each, self.period.last))

    @property
    def units(self) -> list[str]:
        """The units of the last day of the period, by code."""
        return sorted(self._directory.tree.below(self.code, self.period.last))

    def concerns(self, contest: Contested) -> bool:
        """Say whether a contested event is about, or names, a unit or person of the tree that day, or on the last."""
        days = (
            [self.period.last] if contest.period is not None else contest.days_in(self.period.first, self.period.last)
        )
        subject = contest.event.subject
        unit = code_of(subject) if subject.startswith("unit:") else None
        return any(
            self.has(unit, day) or (contest.employee is not None and self.has_person(contest.employee, day))
            for day in days
        )


@dataclass(frozen=True, slots=True)
class UnitQuestion:
    """Which unit's card, of what period, perhaps under a policy that is tried."""

    code: str
    period: Period
    tried: GoverningPolicy | None = None


class UnitCards:
    """Makes cards in one snapshot, as *evidence* knows it; *directory* is that of the same moment."""

    def __init__(self, evidence: Evidence, directory: Directory) -> None:
        self._evidence = evidence
        self._directory = directory

    async def card(self, asked: UnitQuestion) -> Shape:
        """Return a card without what belongs to the answer alone. Raises Refused where the tree is too large."""
        case = await self._case(asked)
        directory = self._directory
        card = await self._evidence.in_organisation(
            directory, lambda known: unit_card(case, Regime(directory, known, asked.tried))
        )
        return {"subject": f"unit:{asked.code}", "period": asked.period.text, "segment": None, **card}

    async def receipt(self, asked: UnitQuestion, answer: Shape) -> Shape:
        """Return the body of a receipt, without people; *answer* is what the answer adds to the card."""
        case, directory = await self._case(asked), self._directory
        days = await unit_days(self._evidence, directory, asked.code, asked.period)
        events = await self._behind(case)
        previous = case.figures.before

        def made(known: Organisation) -> Shape:
            regime = Regime(directory, known, asked.tried)
            card = {"subject": f"unit:{asked.code}", "period": asked.period.text, "segment": None}
            policy = regime.governing(asked.code, asked.period).policy
            return body(card | unit_card(case, regime) | answer, policy, days, previous, events, assessed(case, regime))

        return await self._evidence.in_organisation(directory, made)

    async def everybody(self, asked: UnitQuestion) -> list[str]:
        """Return the subjects that the card may rest on: units and people of the tree, in this period or before."""
        found: set[str] = set()
        for period in (asked.period.previous, asked.period):
            tree = await self._tree(asked.code, period)
            pieces = self._directory.tree.pieces(asked.code, period.first, period.last)
            found |= {f"unit:{unit}" for _, _, below in pieces for unit in below}
            found |= {f"employee:{each}" for each in tree.everybody}
        return sorted(found)

    async def _behind(self, case: UnitCase) -> list[Behind]:
        """Return the events about units of the tree: services, answers, complaints, results, contests of these."""
        evidence, period = self._evidence, case.period
        subjects = [each for each in case.subjects if each.startswith("unit:")]
        facts = await evidence.facts_of_units(subjects, period.first - ONE_DAY, period.last + ONE_DAY)
        about = await evidence.about(subjects, [period.text])
        contests = await evidence.contests(subjects)
        everything = [*facts, *about, *of_contests(contests, case.contests)]
        return await behind(evidence, self._directory, period, everything, case.contests)

    async def _case(self, asked: UnitQuestion) -> UnitCase:
        code, period = asked.code, asked.period
        tree = await self._tree(code, period)
        subjects, candidates = self._subjects(tree), await self._candidates(tree)
        everyone = {*subjects, *(f"employee:{each}" for each in candidates)}
        about = by_subject(standing(await self._evidence.about(everyone, [period.text])))
        capaian = standing(await self._evidence.about([f"unit:{code}"], [period.text, period.previous.text]))
        figures = UnitFigures(
            (await self._figures(code, period)).in_all(),
            (await self._figures(code, period.previous)).in_all(),
            about.get(f"unit:{code}", []),
        )
        contests = await self._contests(tree)
        without = await self._without(tree, figures, contests)
        return UnitCase(code, period, figures, without, contests, capaian, about, subjects, tree.people, candidates)

    async def _candidates(self, tree: Tree) -> set[str]:
        """Return whoever may have the unit's head as evaluator: by name, or below a unit that the same person leads."""
        directory, period = self._directory, tree.period
        head = await self._evidence.in_organisation(directory, lambda known: known.head(tree.code, period.last))
        if head is None:
            return set()
        led = await self._evidence.units_led_by(head)
        units = directory.tree.ever_below([*led, tree.code]) if led else set()
        people = await self._everybody(units, tree.code)
        await self._evidence.memberships(people)
        return people | await self._evidence.supervised(head)

    async def _everybody(self, units: Collection[str], code: str) -> set[str]:
        people = await self._evidence.assigned(units, MOST_ASSIGNMENTS)
        if people is None:
            raise Refused(f"{code}: too many people for one card; ask for the units below it.")
        return people

    async def _tree(self, code: str, period: Period) -> Tree:
        pieces = self._directory.tree.pieces(code, period.first, period.last)
        units = {unit for _, _, below in pieces for unit in below}
        people = await self._everybody(units, code)
        return Tree(self._directory, code, period, await self._evidence.memberships(people))

    def _subjects(self, tree: Tree) -> list[str]:
        return [*(f"employee:{each}" for each in tree.people), *(f"unit:{each}" for each in tree.units)]

    async def _figures(self, code: str, period: Period) -> Figures:
        conn, asked_at = self._evidence.conn, self._evidence.asked_at
        if asked_at is None:
            return await current.unit_figures(conn, self._directory, code, period.first, period.last)
        return await AsOf(conn, asked_at, Span(period.first, period.last)).unit(self._directory, code)

    async def _contests(self, tree: Tree) -> list[Contested]:
        """Return the contests on the card."""
        pieces = self._directory.tree.pieces(tree.code, tree.period.first, tree.period.last)
        units = {unit for _, _, below in pieces for unit in below}
        subjects = {f"employee:{each}" for each in tree.everybody} | {f"unit:{each}" for each in units}
        if elsewhere := await self._evidence.contested_units() - subjects:
            period = tree.period
            subjects |= elsewhere & {*await self._evidence.units_naming(tree.everybody, period.first, period.last)}
        found = await placed(self._evidence, self._directory, await self._evidence.contests(subjects))
        return [each for each in found if is_of(each, tree.period) and tree.concerns(each)]

    async def _without(self, tree: Tree, figures: UnitFigures, contests: Sequence[Contested]) -> UnitFigures | None:
        """Return the figures without what is disputed; None where nothing is."""
        disputed = [each for each in contests if each.makes_range]
        if not disputed:
            return None
        events = undisputed(figures.events, disputed)
        whole = await self._figures(tree.code, tree.period)
        parts = [*whole.parts, *await self._differences(tree, disputed)]
        return replace(figures, sums=replace(whole, parts=parts).in_all(), events=events)

    async def _differences(self, tree: Tree, disputed: Collection[Contested]) -> list[Counted]:
        """Return what the tree's days lose without the disputed events, of those subjects alone that they are about."""
        references = {each.reference for each in disputed}
        found: list[Counted] = []
        for subject in sorted({each.event.subject for each in disputed if each.days is not None}):
            found += await self._lost(tree, subject, references)
        return found

    async def _lost(self, tree: Tree, subject: str, references: Collection[tuple[str, str, str, str]]) -> list[Counted]:
        span = Span(tree.period.first, tree.period.last)
        with_all = AsOf(self._evidence.conn, self._evidence.known_at, span)
        without = AsOf(self._evidence.conn, self._evidence.known_at, span, references)
        before = await with_all.own_days(self._directory, subject)
        after = await without.own_days(self._directory, subject)
        return [
            Counted(day, *self._directory.day(unit, day), _minus(after.get((unit, day)), before.get((unit, day))))
            for unit, day in sorted({*before, *after})
            if before.get((unit, day)) != after.get((unit, day)) and tree.has(unit, day)
        ]


def _minus(one: Counters | None, other: Counters | None) -> Counters:
    return Counters(*(a - b for a, b in zip(read_all(one or Counters()), read_all(other or Counters()), strict=True)))
