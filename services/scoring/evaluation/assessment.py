"""What the components of a card come to: indices, and what they suggest (scoring.md sections 2 and 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from schemas.policy.model import Capaian, Policy
from schemas.policy.rational import exact
from services.scoring.domain.measures import Measures
from services.scoring.evaluation.components import Component, Whose, components
from services.scoring.evaluation.index import (
    Index,
    Scored,
    Suggested,
    index,
    share,
    suggested_behaviour,
    suggested_results,
)
from services.scoring.evaluation.results import Result

HASIL_KERJA, PERILAKU = "hasil_kerja", "perilaku"


@dataclass(frozen=True, slots=True)
class Leads:
    """That the person leads a unit, whose *capaian*, once it is set, says what their results suggest."""

    capaian: Capaian | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """Components and what they come to, by group; a unit has hasil kerja alone, and nothing is suggested for it."""

    components: Sequence[Component]
    indices: dict[str, Index]
    suggested: dict[str, Suggested | None]

    def group(self, component: Component) -> str:
        """Return the group that a component counts in."""
        return PERILAKU if component.is_behaviour else HASIL_KERJA

    def share(self, component: Component) -> Fraction | None:
        """Return a component's part of its index; None without an index."""
        group = self.group(component)
        if self.indices[group].value is None:
            return None
        return share(component.scored, [each.scored for each in self.components if self.group(each) == group])


def assess(
    policy: Policy,
    whose: Whose,
    sums: Measures,
    before: Measures,
    results: Sequence[Result] | None,
    leads: Leads | None = None,
) -> Assessment:
    """Return the components of *whose* card with indices and suggestions; the arguments as in `components`."""
    found = components(policy, whose, sums, before, results)
    work = [each.scored for each in found if not each.is_behaviour]
    if whose.employee is None:
        return Assessment(found, {HASIL_KERJA: index(work, exact(policy.min_coverage))}, {})
    indices, suggested = weighed(policy, work, [each.scored for each in found if each.is_behaviour], leads)
    return Assessment(found, indices, suggested)


def weighed(
    policy: Policy, work: Sequence[Scored], behaviour: Sequence[Scored], leads: Leads | None
) -> tuple[dict[str, Index], dict[str, Suggested | None]]:
    """Return the indices of a person's components of hasil kerja and of perilaku, and what is suggested, by group."""
    least, suggestion = exact(policy.min_coverage), policy.suggestion
    indices = {HASIL_KERJA: index(work, least), PERILAKU: index(behaviour, least)}
    suggested = {
        HASIL_KERJA: suggested_results(work, suggestion) if indices[HASIL_KERJA].value is not None else None,
        PERILAKU: suggested_behaviour(behaviour, suggestion) if indices[PERILAKU].value is not None else None,
    }
    if leads is not None:
        suggested[HASIL_KERJA] = _by_capaian(policy, leads)
    return indices, suggested


def _by_capaian(policy: Policy, leads: Leads) -> Suggested | None:
    """Of who leads a unit its capaian is the rating of hasil kerja (SE MenPANRB 3/2023)."""
    if leads.capaian is None:
        return None
    return Suggested(getattr(policy.capaian_levels, leads.capaian), policy.suggestion.clauses.head)
