"""The exact rationals behind a card, as "a/b" in lowest terms."""

from fractions import Fraction
from typing import Any

from services.scoring.evaluation.assessment import HASIL_KERJA, PERILAKU, Assessment
from services.scoring.evaluation.components import Component


def fraction(value: Fraction | None) -> str | None:
    """Write a rational in lowest terms, whole ones too: 80 -> "80/1"."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


def exact(assessment: Assessment) -> dict[str, Any]:
    """Return {component: {"value", "score", "share", "contribution"}, group: index}; of a result the value is c."""
    components = {each.code: _component(each, assessment) for each in assessment.components}
    indices = {group: assessment.indices.get(group) for group in (HASIL_KERJA, PERILAKU)}
    return components | {group: None if found is None else fraction(found.value) for group, found in indices.items()}


def _component(component: Component, assessment: Assessment) -> dict[str, str | None]:
    share = assessment.share(component)
    contribution = None if share is None or component.score is None else share * component.score
    return {
        "value": fraction(component.value),
        "score": fraction(component.score),
        "share": fraction(share),
        "contribution": fraction(contribution),
    }
