"""A policy tried on what has happened: each case by the policy that governs and by the one that is tried."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.scoring.domain.directory import Directory
from services.scoring.evaluation.governing import governing
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.moves import Judged, Keys, MovedPerson, Tally
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.shapes import Shape
from services.scoring.evaluation.spreads import Group, Spreads, turned
from services.scoring.evaluation.suggesting import PersonFigures, Suggesting


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried, on which unit with all below it, None for all, over which periods; *people*: also told by name."""

    policy: GoverningPolicy
    unit: str | None
    periods: Sequence[Period]
    people: bool = False


class TriedCase(NamedTuple):
    """What is known of a person in a period, whatever the policy."""

    period: Period
    keys: Keys
    figures: PersonFigures


class Simulation:
    """Counts moves, person by person, under the policies that the directory knows; no policy is put in force."""

    def __init__(self, trial: Trial, directory: Directory) -> None:
        self._trial = trial
        self._directory = directory
        self._after = Suggesting(trial.policy.policy)
        self._before: dict[str, Suggesting] = {}
        self._governing: dict[tuple[str, str], GoverningPolicy] = {}
        self._tally = Tally(people=trial.people)
        self._warnings: list[Shape] = []

    def take(self, employee: str, cases: Sequence[TriedCase]) -> None:
        """Count all cases of one person."""
        self._tally.add(employee, [self._judged(case) for case in cases])

    def _judged(self, case: TriedCase) -> Judged:
        rules = self._rules(case.keys.unit, case.period)
        before = self._before.get(rules.sha256)
        if before is None:
            before = self._before[rules.sha256] = Suggesting(rules.policy)
        return Judged(case.period.text, case.keys, before.levels(case.figures), self._after.levels(case.figures))

    def _rules(self, unit: str, period: Period) -> GoverningPolicy:
        found = self._governing.get((unit, period.text))
        if found is None:
            directory = self._directory
            found = governing(directory.policies, directory.tree, unit, period)
            self._governing[unit, period.text] = found
        return found

    def spreads_otherwise(self, unit: str, period: Period) -> bool:
        """Say whether the policy that is tried has other rules of distribution than the one that governs a unit."""
        return self._rules(unit, period).policy.distribution != self._trial.policy.policy.distribution

    def compare(self, groups: Sequence[Group], spreads: Spreads) -> None:
        """Note which distribution warnings appear or go; predikat stay what people set."""
        tree, rules = self._directory.tree, self._trial.policy.policy.distribution
        for group in sorted(groups, key=lambda group: (group.period.first, group.unit)):
            before = spreads.warned(group, self._rules(group.unit, group.period).policy.distribution, tree)
            row = turned(group, before, spreads.warned(group, rules, tree))
            if row is not None:
                self._warnings.append(row)

    @property
    def cases(self) -> int:
        """How many were taken so far."""
        return self._tally.cases

    def shape(self, position: Mapping[str, int]) -> Shape:
        """Return the answer without the people."""
        return {
            "policy": self._trial.policy.shape,
            "position": dict(position),
            "cases": self.cases,
            **self._tally.shape,
            "warnings": self._warnings,
            "no_data": self._after.no_data,
        }

    def people(self) -> Iterator[MovedPerson]:
        """Yield whose suggestions moved, by period and employee."""
        return self._tally.people()
