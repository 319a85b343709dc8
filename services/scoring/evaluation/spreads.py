"""The predikat of many groups at once, and which distribution warnings another policy adds or drops (scoring.md 8)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from schemas.policy.model import Capaian, Distribution, Predikat
from services.scoring.domain.tree import Tree
from services.scoring.evaluation.distribution import failing
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.shapes import Shape


class Evaluated(NamedTuple):
    """Somebody's predikat in force for a period; *unit*: where they belong on its last day."""

    period: str
    employee: str
    evaluator: str | None
    unit: str | None
    predikat: Predikat


class Group(NamedTuple):
    """The group of whoever leads a unit on the last day of a period, and the capaian that it uses."""

    unit: str
    period: Period
    head: str
    used: Capaian | None


class Spreads:
    """How many have which predikat, by evaluator and by unit; of the *heads*, by period and id, also what is theirs."""

    def __init__(self, heads: Collection[tuple[str, str]]) -> None:
        self._heads = heads
        self._of_evaluator: dict[tuple[str, str], Counter[Predikat]] = defaultdict(Counter)
        self._of_unit: dict[tuple[str, str], Counter[Predikat]] = defaultdict(Counter)
        self._of_heads: dict[tuple[str, str], Evaluated] = {}

    def add(self, found: Evaluated) -> None:
        """Count one evaluation."""
        if found.evaluator is not None:
            self._of_evaluator[found.period, found.evaluator][found.predikat] += 1
        if found.unit is not None:
            self._of_unit[found.period, found.unit][found.predikat] += 1
        if (found.period, found.employee) in self._heads:
            self._of_heads[found.period, found.employee] = found

    def warned(self, group: Group, rules: Distribution | None, tree: Tree) -> list[str]:
        """Return the clauses of the rows that a group does not keep to, each once, in the order of the rows."""
        if rules is None:
            return []
        counts = self._in_tree(group, tree) if rules.over == "tree" else self._rated(group)
        return list(dict.fromkeys(row.clause for row in failing(rules, counts, group.used)))

    def _rated(self, group: Group) -> Mapping[Predikat, int]:
        return self._of_evaluator.get((group.period.text, group.head), Counter())

    def _in_tree(self, group: Group, tree: Tree) -> Mapping[Predikat, int]:
        text, counts = group.period.text, Counter[Predikat]()
        below = tree.below(group.unit, group.period.last)
        for unit in below:
            counts.update(self._of_unit.get((text, unit), {}))
        own = self._of_heads.get((text, group.head))
        if own is not None and own.unit in below:
            counts[own.predikat] -= 1
        return counts


def turned(group: Group, before: list[str], after: list[str]) -> Shape | None:
    """Return a row of "warnings"; None where none appears or goes."""
    appears = [each for each in after if each not in before]
    goes = [each for each in before if each not in after]
    if not appears and not goes:
        return None
    return {"unit": group.unit, "period": group.period.text, "appears": appears, "goes": goes}
