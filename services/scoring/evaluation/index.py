"""From components to an index, and to what the figures suggest (scoring.md sections 2 and 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from schemas.fields import Level
from schemas.policy.model import Group, Suggestion
from schemas.policy.rational import exact


@dataclass(frozen=True, slots=True)
class Scored:
    """One component: its weight and, when it has data enough, its score and level."""

    group: Group
    weight: Fraction
    score: Fraction | None = None
    level: Level | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """
    Of hasil_kerja or of perilaku: the weighted mean of what has data, None where that is too little.

    *coverage*: the part of the weights that has data; None without any component.
    """

    value: Fraction | None
    coverage: Fraction | None

    @property
    def status(self) -> str:
        return "not_enough_data" if self.value is None else "ok"


@dataclass(frozen=True, slots=True)
class Suggested:
    level: Level
    clause: str


def index(components: Iterable[Scored], min_coverage: Fraction) -> Index:
    """
    Return the index of components of one kind; what lacks data is left out and the weights rescale.

    Example: (10, 80), (5, 1000/9), (5, 565/6) and one of weight 10 without data -> 6575/72, coverage 2/3.
    """
    listed = list(components)
    everything = sum((each.weight for each in listed), Fraction(0))
    scored = [(each.weight, each.score) for each in listed if each.score is not None]
    weight = sum((each for each, _ in scored), Fraction(0))
    coverage = weight / everything if listed else None
    if not scored or coverage is None or coverage < min_coverage:
        return Index(None, coverage)
    return Index(sum((each * reached for each, reached in scored), Fraction(0)) / weight, coverage)


def share(component: Scored, components: Sequence[Scored]) -> Fraction | None:
    """Return the part of its index's weight that a component with data has; the shares sum to 1."""
    if component.score is None:
        return None
    return component.weight / sum((each.weight for each in components if each.score is not None), Fraction(0))


def suggested_results(components: Iterable[Scored], suggestion: Suggestion) -> Suggested:
    """Return what the components of hasil kerja with data suggest; a suggestion, never a rating."""
    listed = [each for each in components if each.level is not None]
    utama = [each for each in listed if each.group == "utama"]
    return _suggested(listed, utama, suggestion)


def suggested_behaviour(components: Iterable[Scored], suggestion: Suggestion) -> Suggested:
    """The same of perilaku, at most its ceiling: counters cannot see who guards the values."""
    found = _suggested([each for each in components if each.level is not None], [], suggestion)
    order: list[Level] = ["below", "meets", "above"]
    level = min(found.level, suggestion.behaviour_ceiling, key=order.index)
    return Suggested(level, suggestion.clauses.behaviour)


def _suggested(listed: Sequence[Scored], utama: Sequence[Scored], suggestion: Suggestion) -> Suggested:
    most, small = exact(suggestion.most), exact(suggestion.small_part)
    everything = _weight(listed)
    main, failed = _weight(utama), _weight(each for each in utama if each.level == "below")
    if _weight(each for each in listed if each.level == "above") > most * everything and failed == 0:
        return Suggested("above", suggestion.clauses.above)
    if _weight(each for each in listed if each.level != "below") > most * everything and failed <= small * main:
        return Suggested("meets", suggestion.clauses.meets)
    return Suggested("below", suggestion.clauses.below)


def _weight(components: Iterable[Scored]) -> Fraction:
    return sum((each.weight for each in components), Fraction(0))
