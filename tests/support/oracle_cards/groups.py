"""The index of each group, its coverage, what each component gives to it, and what is suggested."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.support.oracle_cards.arithmetic import Document, written
from tests.support.oracle_cards.components import Component

GROUPS = {"hasil_kerja": ("utama", "tambahan"), "perilaku": ("perilaku",)}
LEVELS = ("below", "meets", "above")


@dataclass(frozen=True)
class Group:
    """The components of hasil kerja or of perilaku."""

    members: tuple[Component, ...]
    document: Document

    @property
    def ok(self) -> list[Component]:
        """Those with a score."""
        return [each for each in self.members if each.is_ok]

    @property
    def weight(self) -> Fraction:
        """The weight of those with a score."""
        return sum((each.weight for each in self.ok), Fraction(0))

    @property
    def coverage(self) -> Fraction | None:
        """The part of all weights that has a score; None with nothing on the card."""
        everything = sum((each.weight for each in self.members), Fraction(0))
        return self.weight / everything if self.members else None

    @property
    def index(self) -> Fraction | None:
        """The weighted mean score; None with too little behind it."""
        if not self.ok or self.coverage is None or self.coverage < Fraction(self.document["min_coverage"]):
            return None
        total = sum((each.weight * each.score for each in self.ok if each.score is not None), Fraction(0))
        return total / self.weight

    def shape(self) -> dict[str, Any]:
        """The block of the group."""
        return {
            "index": written(self.index, 2),
            "coverage": written(self.coverage, 4),
            "status": "not_enough_data" if self.index is None else "ok",
        }

    def part(self, one: Component) -> dict[str, Any]:
        """Share and contribution of a component."""
        if self.index is None or one.score is None:
            return {"share": None, "contribution": None}
        share = one.weight / self.weight
        return {"share": written(share, 4), "contribution": written(share * one.score, 2)}

    def at_least(self, *levels: str) -> Fraction:
        """The weight of those at one of these levels."""
        return sum((each.weight for each in self.ok if each.level in levels), Fraction(0))

    def utama(self, *levels: str) -> Fraction:
        """The weight of those of utama at one of these levels."""
        return sum((each.weight for each in self.ok if each.group == "utama" and each.level in levels), Fraction(0))


def grouped(document: Document, found: Sequence[Component]) -> dict[str, Group]:
    """Both groups."""
    return {
        name: Group(tuple(each for each in found if each.group in members), document)
        for name, members in GROUPS.items()
    }


def with_parts(groups: dict[str, Group], found: Sequence[Component]) -> list[dict[str, Any]]:
    """The indicators of the card, each with what it gives to the index."""
    shapes = []
    for each in found:
        name = "perilaku" if each.group == "perilaku" else "hasil_kerja"
        shapes.append(each.shape | groups[name].part(each))
    return shapes


def suggested_result(group: Group) -> dict[str, str] | None:
    """The level of hasil kerja that the figures suggest, with the clause of the branch."""
    if group.index is None:
        return None
    how = group.document["suggestion"]
    branch = chosen(group, how, group.utama(*LEVELS), group.utama("below"))
    return {"level": branch, "clause": how["clauses"][branch]}


def suggested_behaviour(group: Group) -> dict[str, str] | None:
    """The level of perilaku that the figures suggest, never above the ceiling."""
    if group.index is None:
        return None
    how = group.document["suggestion"]
    branch = chosen(group, how, Fraction(0), Fraction(0))
    least = min(branch, how.get("behaviour_ceiling", "meets"), key=LEVELS.index)
    return {"level": least, "clause": how["clauses"]["behaviour"]}


def chosen(group: Group, how: Document, utama: Fraction, utama_below: Fraction) -> str:
    """The branch: W, A, M, N and B of the law."""
    most = Fraction(how["most"]) * group.weight
    if group.at_least("above") > most and utama_below == 0:
        return "above"
    if group.at_least("above", "meets") > most and utama_below <= Fraction(how["small_part"]) * utama:
        return "meets"
    return "below"
