"""
A person's card worked out again from the days and events of a receipt alone.

Kinds of units, and who leads one, are not in a receipt: an indicator bound to kinds is taken for as the card has it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from schemas.measures import Measure
from schemas.policy.model import Policy
from services.scoring.domain.changes import Span
from services.scoring.domain.days import days_between
from services.scoring.domain.evaluation_facts import CapaianSet, OfPeriod
from services.scoring.domain.events import decode
from services.scoring.domain.fact import Fact
from services.scoring.domain.facts import ServiceCompleted, SurveyAnswered
from services.scoring.domain.figures import DayMeasures, figures_of_person
from services.scoring.domain.measures import Measures, summed
from services.scoring.evaluation.assessment import HASIL_KERJA, Assessment, Leads, assess
from services.scoring.evaluation.components import Whose
from services.scoring.evaluation.evidence import Stamped, stamped
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.results import results_of
from services.scoring.projections.attendance.rows import leaves_in, person_days, signs_in
from services.scoring.projections.membership.rows import expected
from services.scoring.projections.services.rows import contribution
from services.scoring.projections.unit_day.columns import Counters
from services.scoring.receipts.contexts import Contexts

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Behind:
    """An event of a receipt, decoded, with the day on which it counts."""

    event: Stamped[Fact]
    day: date | None
    is_contested: bool

    def is_of(self, period: Period) -> bool:
        """Say whether it is about a period by name."""
        return isinstance(self.event.fact, OfPeriod) and self.event.fact.period == period.text


def events_of(body: Shape) -> list[Behind]:
    """Read the events of a receipt. Raises Poison where a payload is no event."""
    return [
        Behind(
            stamped(decode(each["payload"].encode())),
            None if each["day"] is None else date.fromisoformat(each["day"]),
            each["contested"],
        )
        for each in body["events"]
    ]


class PersonAgain:
    """What a receipt of a person comes to; *events* perhaps without those that are disputed."""

    def __init__(self, body: Shape, policy: Policy, events: Sequence[Behind]) -> None:
        self._card = body["card"]
        self._events = events
        self.body = body
        self.employee = self._card["subject"].partition(":")[2]
        self.period = Period.of(self._card["period"])
        self.policy = as_on_card(policy, self._card)

    @cached_property
    def days(self) -> DayMeasures:
        """The person's measures on each day of the period."""
        contexts, facts = Contexts(self.body["days"]), [each.event.fact for each in self._own]
        leaves = leaves_in(facts)
        window = Span(self.period.first, self.period.last)
        membership = contexts.membership
        attendance = person_days(signs_in(facts), membership, leaves, contexts, [window])
        spans = expected(membership.spans, leaves)
        figures = figures_of_person(contexts, window.first, window.last, spans, attendance, self._services(contexts))
        return figures.by_day()

    @property
    def _own(self) -> Iterable[Behind]:
        return (each for each in self._events if each.event.subject == f"employee:{self.employee}")

    def _services(self, contexts: Contexts) -> dict[date, Counters]:
        """What services and answers add to the days that the receipt says they count on."""
        found: dict[date, Counters] = defaultdict(Counters)
        for each in self._events:
            fact = each.event.fact
            if isinstance(fact, (ServiceCompleted, SurveyAnswered)) and fact.employee == self.employee and each.day:
                found[each.day] += contribution(fact, "", contexts).counters
        return found

    def sums(self, first: date, last: date) -> Measures:
        """Return the measures of a span within the period."""
        return summed((self.days[day] for day in days_between(first, last)), next(iter(self.days.values())))

    @cached_property
    def assessment(self) -> Assessment:
        """Components, indices and suggestions."""
        previous = {name: Measure(each["n"], each["total"]) for name, each in self.body["previous"].items()}
        of_period = [each.event for each in self._own if each.is_of(self.period)]
        sums = self.sums(self.period.first, self.period.last)
        whose = Whose(self.employee, None)
        return assess(self.policy, whose, sums, previous, results_of(of_period), self._leads)

    @property
    def may_lead(self) -> bool:
        """Whether the person may lead a unit that nothing was set for: nothing is suggested for their results then."""
        return self._card["groups"][HASIL_KERJA]["index"] is not None

    @property
    def _leads(self) -> Leads | None:
        """Whether the card says that the person leads a unit; then its capaian among the events decides."""
        said = self._card["suggested"][HASIL_KERJA]
        if said is None or said["clause"] != self.policy.suggestion.clauses.head:
            return None
        found = [each for each in self._events if isinstance(each.event.fact, CapaianSet)]
        of_period = [each for each in found if each.is_of(self.period)] or found
        latest = max(of_period, key=lambda each: each.event.stamp, default=None)
        if latest is None or not isinstance(latest.event.fact, CapaianSet):
            return Leads(None)
        return Leads(latest.event.fact.capaian)


def as_on_card(policy: Policy, card: Shape) -> Policy:
    """Return a policy of which those indicators that are bound to kinds of units are there as the card has them."""
    shown = {each["code"].partition("/")[0] for each in card["indicators"]}
    kept = [
        each if each.kinds is None else each.model_copy(update={"kinds": None})
        for each in policy.indicators
        if each.kinds is None or each.code in shown
    ]
    return policy.model_copy(update={"indicators": kept})
