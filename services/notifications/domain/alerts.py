"""An alert: a case of one unit and indicator as people see it, from the first message to the last."""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from services.notifications.domain.arithmetic import MICRO
from services.notifications.domain.cases import Case, Step
from services.notifications.domain.evidence import Run
from services.notifications.domain.indicators import Indicator, Tally


class State(StrEnum):
    """What has last happened to an alert."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ACTION_RECORDED = "action_recorded"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


ENDED = frozenset({State.RECOVERED, State.WITHDRAWN})
_REACHED = {
    Step.RAISED: State.RAISED,
    Step.REOPENED: State.REOPENED,
    Step.RECOVERED: State.RECOVERED,
    Step.WITHDRAWN: State.WITHDRAWN,
}


class Told(StrEnum):
    """What an alert's recipients have last been told."""

    NOTHING = "nothing"
    HOLDS = "holds"
    OVER = "over"
    WRONG = "wrong"


class Message(StrEnum):
    """The messages a recipient can get."""

    RAISED = "raised"
    REOPENED = "reopened"
    RECOVERED = "recovered"
    WITHDRAWN = "withdrawn"
    REMINDED = "reminded"
    NEW_NORMAL_ASKED = "new_normal_asked"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told of an alert, as the head of *unit*, acting or in office."""

    employee: str
    unit: str
    acting: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What an alert rests on, from its first day on.

    *value* and *baseline* are the shares that did not fail, seen and usual, to four digits.
    """

    since: date
    n: int
    failures: Decimal
    value: Decimal
    baseline: Decimal


def alert_id(unit: str, indicator: str, start: date) -> str:
    """Name the alert of a case: the same unit, indicator and first day have the same name for ever."""
    digest = hashlib.sha256(f"{unit}\n{indicator}\n{start.isoformat()}".encode()).hexdigest()
    return f"{start.isoformat()}-{digest[:20]}"


def reached(step: Step, state: State) -> State:
    """Return the state after a step; being reminded or asked changes nothing."""
    return _REACHED.get(step, state)


def figures(run: Run, indicator: Indicator) -> Figures:
    """Return the figures of an open run, which has at least one try."""
    assert run.since is not None
    failures = Decimal(run.failures) / (indicator.parts * MICRO)
    usual = Decimal(run.usual) / MICRO
    return Figures(run.since, run.n, rounded(failures), rounded(1 - failures / run.n), rounded(1 - usual / run.n))


def rounded(value: Decimal) -> Decimal:
    """Round half up to four digits."""
    return value.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def message_due(told: Told, case: Case, steps: frozenset[Step]) -> Message | None:
    """
    Return what the recipients should hear now that these steps have happened and the case is as it is.

    Who has heard nothing hears nothing of its end; a return within a fortnight is not told, but a withdrawal taken back
    is; an end is told once.
    """
    if case.is_open:
        return _while_it_holds(told, steps)
    if case.withdrawn:
        return Message.WITHDRAWN if told in (Told.HOLDS, Told.OVER) else None
    return Message.RECOVERED if told is Told.HOLDS else None


def _while_it_holds(told: Told, steps: frozenset[Step]) -> Message | None:
    if told is Told.NOTHING:
        return Message.RAISED
    if told is Told.WRONG:
        return Message.REOPENED
    if Step.NEW_NORMAL_ASKED in steps:
        return Message.NEW_NORMAL_ASKED
    return Message.REMINDED if Step.REMINDED in steps else None


def told_by(message: Message) -> Told:
    """Return what somebody knows who has got *message*."""
    return {Message.RECOVERED: Told.OVER, Message.WITHDRAWN: Told.WRONG}.get(message, Told.HOLDS)


def share_without_failure(tally: Tally, indicator: Indicator) -> Decimal:
    """Return the share of tries that did not fail, to four digits; there must be some."""
    return rounded(1 - Decimal(tally.failures) / (indicator.parts * tally.n))
