"""What people did about an evaluation, as a card has it: ratings, feedback, contests, the cycle (scoring.md 7)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from schemas.policy.model import Feedback
from services.scoring.domain.directory import code_of
from services.scoring.domain.evaluation_facts import FeedbackReleased, Level
from services.scoring.domain.fact import EventRef, Identity
from services.scoring.evaluation.contest_clock import ContestClock, charge_of
from services.scoring.evaluation.contested import Contested
from services.scoring.evaluation.cycle import Act, Evaluation, InForce
from services.scoring.evaluation.evidence import Stamped
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.ports import Calendar
from services.scoring.evaluation.regime import Regime
from services.scoring.evaluation.shapes import Shape, moment


def evaluation_shape(found: Evaluation, *, restated: bool) -> Shape:
    """Return the "evaluation" of a card."""
    return {
        "state": found.state,
        "evaluator": found.evaluator,
        "act": found.act and _act_shape(found.act),
        "predikat": found.predikat and _predikat_shape(found.predikat),
        "document": found.document and identity_shape(found.document),
        "restated": restated,
    }


def _act_shape(act: Act) -> Shape:
    return {"who": act.who, "due": act.due and act.due.isoformat(), "late": act.late}


def _predikat_shape(found: InForce) -> Shape:
    return {
        "hasil_kerja": found.hasil_kerja,
        "perilaku": found.perilaku,
        "predikat": found.predikat,
        "rater": found.rater,
        "reason": found.reason,
        "policy": {"policy": found.policy.policy, "version": found.policy.version, "sha256": found.policy.sha256},
        "event": event_shape(found.event),
    }


def identity_shape(named: Identity) -> Shape:
    """Return {"source", "id"}."""
    return {"source": named.source, "id": named.id}


def event_shape(named: EventRef) -> Shape:
    """Return {"type", "source", "id"}."""
    return {"type": named.type, "source": named.source, "id": named.id}


def contest_shape(contested: Contested, workdays: int, regime: Regime) -> Shape:
    """Return a row of "contests": who has to answer by when, while nobody has."""
    contest, answer = contested.contest, contested.answer
    charge = None
    if contested.state == "open":
        clock = ContestClock(_clock_unit(contested, regime), workdays, regime.organisation, regime.calendar)
        charge = charge_of(contest, clock)
    return {
        "contest": identity_shape(contest.identity),
        "event": event_shape(EventRef(contested.event.type, *contested.event.stamp[1:])),
        "reason": contest.fact.reason,
        "since": moment(contest.stamp[0]),
        "state": contested.state,
        "with": charge and charge.who,
        "due": charge and charge.due and charge.due.isoformat(),
        "late": charge is not None and charge.late,
        "answer": answer and identity_shape(answer.identity),
    }


def _clock_unit(contested: Contested, regime: Regime) -> str | None:
    """The unit that an event is about, or that its person belonged to on the day of the contest."""
    code = code_of(contested.event.subject)
    if contested.event.subject.startswith("unit:"):
        return code
    return regime.organisation.unit(code, contested.contest.date)


class Released(NamedTuple):
    """What a release says: the least stamp for ever; *is_hidden*: somebody voided it."""

    event: Stamped[FeedbackReleased]
    is_hidden: bool

    @property
    def levels(self) -> list[Level]:
        """The levels of all values of all groups."""
        return [level for group in self.event.fact.groups for level in group.behaviours.values()]


def feedback_shape(
    rules: Feedback | None, period: Period, unit: str | None, released: Released | None, calendar: Calendar
) -> Shape | None:
    """Return the "feedback" of "ratings"; None where the policy has none."""
    if rules is None:
        return None
    ends = period.last + timedelta(days=rules.closes_days)
    is_over = released is not None or (unit is not None and calendar.has_passed(unit, ends))
    shown = () if released is None or released.is_hidden else released.event.fact.groups
    groups = {
        each.relation: {"n": each.n, "result": each.result, "behaviours": dict(each.behaviours)} for each in shown
    }
    return {
        "state": "closed" if is_over else "open",
        "peer": groups.get("peer"),
        "subordinate": groups.get("subordinate"),
    }


def first_release(releases: Iterable[Released]) -> Released | None:
    """Return the release that stands for ever."""
    return min(releases, key=lambda each: each.event.stamp, default=None)
