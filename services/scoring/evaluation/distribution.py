"""How the predikat of a group are spread, and where that is not as the circular wants it (scoring.md 4; SE 3/2023)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from schemas.policy.model import Capaian, Distribution, DistributionRow, Predikat
from schemas.policy.rational import Rational, exact
from services.scoring.evaluation.written import written

PREDIKATS: tuple[Predikat, ...] = ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
"""Best first."""

Rule = Literal["at_most", "at_least", "exists", "peak"]


@dataclass(frozen=True, slots=True)
class Warned:
    """
    A row that the group does not keep to; a warning changes nothing.

    *count*: how many have a predikat of the row; *people*: how many the bound allows or asks for; *small*: in a small
    group the percent that one person weighs.
    """

    row: DistributionRow
    count: int
    people: int | None
    small: Fraction | None

    def written(self) -> dict[str, object]:
        """Return it as a card has it; the bound as the policy spells it."""
        rule, bound = rule_of(self.row)
        return {
            "clause": self.row.clause,
            "predikat": list(self.row.predikat),
            "rule": rule,
            "bound": None if bound is None else str(bound),
            "count": self.count,
            "people": self.people,
            "small": None if self.small is None else written(self.small, 2),
        }


@dataclass(frozen=True, slots=True)
class Spread:
    """A group of so many people: how many have a predikat, which, and what to warn of, in the order of the rows."""

    people: int
    set: int
    counts: dict[Predikat, int]
    warnings: tuple[Warned, ...]

    def written(self) -> dict[str, object]:
        """Return it as a unit's card has it."""
        return {
            "of": self.people,
            "set": self.set,
            "counts": dict(self.counts),
            "warnings": [each.written() for each in self.warnings],
        }


def distribution(rules: Distribution, group: Mapping[str, Predikat | None], used: Capaian | None) -> Spread:
    """
    Return how the predikat in force of a group are spread; *group*: each person with theirs, None without.

    Example (shipped policy, used capaian baik): of six baik 5, sangat_baik 1 -> at_most 0.7 warns (5 > 4.2, people 4)
    and exists (0), each with small 100/6, written 16.67; baik is the peak.
    """
    found = Counter(each for each in group.values() if each is not None)
    counts = {each: found[each] for each in PREDIKATS}
    together = found.total()
    small = Fraction(100, together) if 0 < together < rules.small_under else None
    rows = failing(rules, counts, used)
    warned = tuple(Warned(row, _count(row, counts), _people(row, together), small) for row in rows)
    return Spread(len(group), together, counts, warned)


def failing(rules: Distribution, counts: Mapping[Predikat, int], used: Capaian | None) -> list[DistributionRow]:
    """Return the rows that a group with so many of each predikat does not keep to; none while nobody has one."""
    return [row for row in rules.rows if any(counts.values()) and row.capaian == used and _fails(row, counts)]


def rule_of(row: DistributionRow) -> tuple[Rule, Rational | None]:
    """Return which of its rules a row has, and the bound as it is spelled."""
    if row.at_most is not None:
        return "at_most", row.at_most
    if row.at_least is not None:
        return "at_least", row.at_least
    return ("exists" if row.exists else "peak"), None


def _count(row: DistributionRow, counts: Mapping[Predikat, int]) -> int:
    return sum(counts[each] for each in set(row.predikat))


def _fails(row: DistributionRow, counts: Mapping[Predikat, int]) -> bool:
    count, together = _count(row, counts), sum(counts.values())
    rule, bound = rule_of(row)
    if bound is not None:
        limit = exact(bound) * together
        return count > limit if rule == "at_most" else count < limit
    if rule == "exists":
        return count == 0
    return max(counts.values()) > count


def _people(row: DistributionRow, together: int) -> int | None:
    """Return the bound in people: 70 percent of 6 at most -> 4."""
    rule, bound = rule_of(row)
    if bound is None:
        return None
    return floor(exact(bound) * together) if rule == "at_most" else ceil(exact(bound) * together)
