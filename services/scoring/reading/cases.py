"""The cases of a simulation: what is known of many people over many periods, read in a few queries at a time."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from services.scoring.domain.directory import Directory
from services.scoring.domain.evaluation_facts import (
    CapaianSet,
    DocumentAcknowledged,
    DocumentIssued,
    ObjectionDecided,
    ObjectionFiled,
    PredikatSet,
    ResultReported,
    ResultTargeted,
)
from services.scoring.domain.fact import Fact
from services.scoring.domain.measures import OF_PERSON, summed
from services.scoring.evaluation.assessment import Leads
from services.scoring.evaluation.components import Whose
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.homes import Home, Patterns, homes
from services.scoring.evaluation.moves import Keys
from services.scoring.evaluation.organisation import Organisation
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.regime import Regime
from services.scoring.evaluation.results import results_of
from services.scoring.evaluation.simulation import Trial, TriedCase
from services.scoring.evaluation.spreads import Evaluated
from services.scoring.evaluation.suggesting import PersonFigures
from services.scoring.projections.membership.rows import Membership
from services.scoring.reading.evidence import Evidence, standing
from services.scoring.reading.many_people import CountedDays, ManyPeople, Sums

RESULTS = (ResultTargeted.TYPE, ResultReported.TYPE)
ACTS = tuple(
    each.TYPE for each in (PredikatSet, DocumentIssued, DocumentAcknowledged, ObjectionFiled, ObjectionDecided)
)

T = TypeVar("T")
Events = Mapping[tuple[str, str], Sequence[Stamped[Fact]]]
"""Standing events by subject and period."""
_NOTHING = summed((), OF_PERSON)


class Settled(NamedTuple):
    """A case as far as the organisation says it: whose, where, in what position, and whether they lead the unit."""

    employee: str
    home: Home
    position: str
    leads: bool


class Found(NamedTuple):
    """What was read about some people."""

    cases: Mapping[str, Sequence[TriedCase]]
    evaluated: Sequence[Evaluated]


class Cases:
    """Reads the cases of *trial* in one snapshot, *directory* being that of the same moment as all evidence."""

    def __init__(self, trial: Trial, directory: Directory) -> None:
        self._trial = trial
        self._directory = directory
        self._patterns = Patterns(directory)
        self._days = CountedDays(directory, trial.periods[0].first, trial.periods[-1].last)
        self._texts = [period.text for period in trial.periods]

    async def count(self, evidence: Evidence, people: Sequence[str]) -> int:
        """Return how many cases there are of these people."""
        memberships = await evidence.memberships(people)
        return await asyncio.to_thread(lambda: sum(len(self._homes(each)) for each in memberships.values()))

    def _homes(self, membership: Membership) -> list[Home]:
        """Return where somebody last belonged in each period, if that is in the tree."""
        return [home for home in homes(membership.spans, self._trial.periods) if self._in_tree(home)]

    def _in_tree(self, home: Home) -> bool:
        walk = self._directory.walk(home.unit, home.last)
        return bool(walk) if self._trial.unit is None else self._trial.unit in walk

    async def read(self, evidence: Evidence, people: Sequence[str], *, acts: bool) -> Found:
        """Read the cases of these people; with *acts* also how their evaluations stand."""
        memberships = await evidence.memberships(people)
        settled = await self._in(evidence, lambda known: self._settled(known, memberships))
        employees = sorted({each.employee for each in settled})
        types = (*RESULTS, *ACTS) if acts else RESULTS
        subjects = [f"employee:{each}" for each in (people if acts else employees)]
        events = await self._about(evidence, subjects, self._texts, types)
        used = await self._used(evidence, [each.home for each in settled if each.leads])
        sums = await ManyPeople(evidence, self._directory, self._trial.periods, self._days).sums(
            {employee: memberships[employee] for employee in employees}
        )
        cases = await asyncio.to_thread(self._cases, settled, memberships, sums, events, used)
        return Found(cases, await self._evaluated(evidence, events) if acts else ())

    async def _in(self, evidence: Evidence, compute: Callable[[Organisation], T]) -> T:
        return await evidence.in_organisation(self._directory, compute, beside=True)

    def _settled(self, known: Organisation, memberships: Mapping[str, Membership]) -> list[Settled]:
        return [
            self._settle(known, employee, home)
            for employee, membership in memberships.items()
            for home in self._homes(membership)
        ]

    def _settle(self, known: Organisation, employee: str, home: Home) -> Settled:
        held = known.belonging(employee, home.last)
        assert held is not None
        leads = held.fact.head and known.leads_by_right(employee, home.unit, home.last)
        return Settled(employee, home, held.fact.position, leads)

    async def _about(
        self, evidence: Evidence, subjects: Sequence[str], periods: Sequence[str], types: Sequence[str]
    ) -> Events:
        known = await evidence.about(subjects, periods, types)

        def events() -> Events:
            found: dict[tuple[str, str], list[Stamped[Fact]]] = defaultdict(list)
            for event in standing(known):
                found[event.subject, event.fact.period].append(event)  # type: ignore[attr-defined]
            return found

        return await asyncio.to_thread(events)

    async def _used(self, evidence: Evidence, led: Sequence[Home]) -> Mapping[tuple[str, str], Leads]:
        """Return what the units that people lead by right came to, by unit and period."""
        if not led:
            return {}
        wanted = {(home.unit, home.period.text): home.period for home in led}
        return await self.used(evidence, [(unit, period) for (unit, _), period in wanted.items()])

    async def used(self, evidence: Evidence, wanted: Sequence[tuple[str, Period]]) -> dict[tuple[str, str], Leads]:
        """Return the capaian that evaluations of units and periods use."""
        texts = sorted({text for _, period in wanted for text in (period.text, period.previous.text)})
        subjects = sorted({f"unit:{unit}" for unit, _ in wanted})
        events = await self._about(evidence, subjects, texts, [CapaianSet.TYPE])

        def found(known: Organisation) -> dict[tuple[str, str], Leads]:
            regime = Regime(self._directory, known)
            return {(unit, period.text): _leads(regime, unit, period, events) for unit, period in wanted}

        return await self._in(evidence, found)

    def _cases(
        self,
        settled: Iterable[Settled],
        memberships: Mapping[str, Membership],
        sums: Sums,
        events: Events,
        used: Mapping[tuple[str, str], Leads],
    ) -> dict[str, list[TriedCase]]:
        numbers = {period.text: number for number, period in enumerate(self._trial.periods)}
        found: dict[str, list[TriedCase]] = defaultdict(list)
        for employee, home, position, leads in settled:
            period = home.period
            figures = PersonFigures(
                Whose(employee, self._kind(home)),
                sums.get((employee, numbers[period.text]), _NOTHING),
                results_of(events.get((f"employee:{employee}", period.text), ())),
                used[home.unit, period.text] if leads else None,
            )
            pattern = self._patterns.of(memberships[employee].spans, period)
            found[employee].append(TriedCase(period, Keys(home.unit, position, pattern), figures))
        return found

    def _kind(self, home: Home) -> str | None:
        state = self._directory.unit(home.unit, home.last)
        return None if state is None else state.kind

    async def _evaluated(self, evidence: Evidence, events: Events) -> list[Evaluated]:
        """Return the predikat in force, by the policies that govern: what people set does not change with a trial."""
        rated = {
            key: listed for key, listed in events.items() if any(isinstance(each.fact, PredikatSet) for each in listed)
        }

        def found(known: Organisation) -> list[Evaluated]:
            regime = Regime(self._directory, known)
            listed = (_evaluated(regime, subject, text, acts) for (subject, text), acts in rated.items())
            return [each for each in listed if each is not None]

        return await self._in(evidence, found) if rated else []


def _leads(regime: Regime, unit: str, period: Period, events: Events) -> Leads:
    texts = (period.text, period.previous.text)
    listed = [event for text in texts for event in events.get((f"unit:{unit}", text), ())]
    used = regime.used_capaian(unit, period, listed)
    return Leads(None if used is None else used.capaian)


def _evaluated(regime: Regime, subject: str, text: str, acts: Sequence[Stamped[Fact]]) -> Evaluated | None:
    employee, period = subject.partition(":")[2], Period.of(text)
    found = regime.evaluation(employee, period, acts)
    if found.predikat is None:
        return None
    unit = regime.organisation.unit(employee, period.last)
    return Evaluated(text, employee, found.evaluator, unit, found.predikat.predikat)
