"""The figures of a card as they come out again, each with its place in the receipt."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from schemas.measures import Measure
from schemas.policy.model import Policy
from services.scoring.domain.measures import OF_UNIT, Measures, rendered, summed
from services.scoring.evaluation.assessment import Assessment, assess
from services.scoring.evaluation.components import Whose
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.results import results_of
from services.scoring.evaluation.shapes import groups_shape, indicator_shape, range_shape, suggested_shape
from services.scoring.receipts.exact import exact
from services.scoring.receipts.recomputing import Behind, PersonAgain, as_on_card

Placed = tuple[tuple[Any, ...], Any]
Shape = dict[str, Any]


def person_figures(again: PersonAgain, without: PersonAgain | None) -> Iterator[Placed]:
    """Yield days, segments, components, groups, suggestions, the range and the exact rationals of a person's card."""
    body, card = again.body, again.body["card"]
    for number, day in enumerate(body["days"]):
        on = date.fromisoformat(day["date"])
        if again.period.has(on):
            yield ("days", number, "measures"), rendered(again.days[on])
    for number, segment in enumerate(card["segments"]):
        first, last = date.fromisoformat(segment["from"]), date.fromisoformat(segment["to"])
        yield ("card", "segments", number, "measures"), rendered(again.sums(first, last))
    yield from _assessed(again.assessment)
    if card["suggested"]["hasil_kerja"] is not None or not again.may_lead:
        yield ("card", "suggested", "hasil_kerja"), suggested_shape(again.assessment.suggested)["hasil_kerja"]
    yield ("card", "suggested", "perilaku"), suggested_shape(again.assessment.suggested)["perilaku"]
    yield ("card", "range"), None if without is None else range_shape(without.assessment)


def _assessed(found: Assessment) -> Iterator[Placed]:
    yield ("card", "indicators"), [indicator_shape(each, found) for each in found.components]
    yield ("card", "groups"), groups_shape(found)
    yield ("exact",), exact(found)


def unit_figures(body: Shape, policy: Policy, events: Sequence[Behind]) -> Iterator[Placed]:
    """Yield components, groups and exact rationals of a unit's card, summed from the days of its units."""
    card = body["card"]
    period = Period.of(card["period"])
    sums = summed(_parts(body, period), OF_UNIT)
    previous = {name: Measure(each["n"], each["total"]) for name, each in body["previous"].items()}
    own = [each.event for each in events if each.event.subject == card["subject"] and each.is_of(period)]
    yield from _assessed(assess(as_on_card(policy, card), Whose(None, None), sums, previous, results_of(own)))


def _parts(body: Shape, period: Period) -> Iterable[Measures]:
    for day in body["days"]:
        if period.has(date.fromisoformat(day["date"])):
            for measures in day["parts"].values():
                yield {name: Measure(each["n"], each["total"]) for name, each in measures.items()}
