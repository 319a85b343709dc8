"""From what happened to streams to alerts, their histories and the messages to leaders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from services.kit import crashpoints
from services.kit.postgres import Connection
from services.notifications.domain import alerts as rules
from services.notifications.domain.advance import Chapter, Happening
from services.notifications.domain.alerts import Figures, Message, Recipient, State, Told
from services.notifications.domain.cases import Step
from services.notifications.domain.heads import Headship, leader_of
from services.notifications.domain.indicators import BY_NAME, Indicator
from services.notifications.domain.units import Tree
from services.notifications.store import alerts, deliveries, detection
from services.notifications.store.alerts import Alert


class Alerting:
    """Writes alerts within the transaction of one detection; *steps* counts what happened."""

    def __init__(self, conn: Connection, tree: Tree, heads: Mapping[str, Sequence[Headship]], budget: Decimal) -> None:
        self._conn, self._tree, self._heads = conn, tree, heads
        self._chance_years = (1 / budget).quantize(Decimal("0.1")).normalize()
        self.steps = 0

    async def tell(self, unit: str, indicator: Indicator, chapters: Sequence[Chapter]) -> None:
        """Bring a stream's alerts in line with its chapters."""
        if not chapters:
            return
        ids = [rules.alert_id(unit, indicator.name, chapter.case.start) for chapter in chapters]
        known = await alerts.hold_alerts(self._conn, ids)
        for alert, chapter in zip(ids, chapters, strict=True):
            await self._tell(alert, unit, indicator, chapter, known.get(alert))

    async def find_leaders(self) -> None:
        """Tell the alerts that hold and had nobody to be told to, now that there may be somebody."""
        for alert in await alerts.untold(self._conn):
            led = self._led(alert)
            if led.recipients:
                await deliveries.drop_undeliverable(self._conn, alert.id)
                await alerts.put_alert(self._conn, led)
                await self._send(led, Message.RAISED)

    async def _tell(
        self, identity: str, unit: str, indicator: Indicator, chapter: Chapter, known: Alert | None
    ) -> None:
        alert = self._shaped(known, identity, unit, indicator, chapter)
        steps = [_named(happening, known is not None) for happening in chapter.happenings]
        for step in steps:
            alert = replace(alert, state=rules.reached(step, alert.state))
        message = rules.message_due(alert.told, chapter.case, frozenset(steps))
        if message is not None:
            alert = replace(self._led(alert) if alert.told is Told.NOTHING else alert, told=rules.told_by(message))
        await alerts.put_alert(self._conn, alert)
        for step, happening in zip(steps, chapter.happenings, strict=True):
            self.steps += 1
            detail = _detail(step, happening, indicator)
            await alerts.add_step(self._conn, identity, step, day=happening.day, detail=detail)
        if message is not None:
            await self._send(alert, message)

    def _shaped(self, known: Alert | None, identity: str, unit: str, indicator: Indicator, chapter: Chapter) -> Alert:
        case, run = chapter.case, chapter.run
        shown = rules.figures(run, indicator) if run is not None else None
        if known is None:
            assert shown is not None, "an alert begins while its case holds"
            state = State.RAISED
            known = Alert(
                identity, unit, indicator.name, case.start, state, case.raised_on, None, **_shown(shown),
                chance_years=self._chance_years,
            )  # fmt: skip
        figures = _shown(shown) if shown is not None else {}
        return replace(known, raised_on=case.raised_on, ended_on=case.ended_on, **figures)

    def _led(self, alert: Alert) -> Alert:
        leader = leader_of(alert.unit, alert.raised_on, self._tree, self._heads)
        if leader is None:
            return alert
        return replace(alert, recipients=(Recipient(leader.employee, leader.unit.unit, leader.acting),))

    async def _send(self, alert: Alert, message: Message) -> None:
        occasion = await deliveries.next_occasion(self._conn, alert.id, message)
        corrected = await self._corrected(alert) if message is Message.WITHDRAWN else {}
        for recipient in alert.recipients or (None,):
            content = self._content(alert, recipient) | corrected
            employee = recipient.employee if recipient else None
            await deliveries.add_delivery(self._conn, alert.id, message, occasion, employee, content)
        crashpoints.reached("notifications.raise")

    async def _corrected(self, alert: Alert) -> dict[str, Any]:
        """What the figure of an alert that was withdrawn is by now."""
        indicator = BY_NAME[alert.indicator]
        span = alert.since, alert.ended_on or alert.raised_on
        tally = await detection.tally_between(self._conn, alert.unit, indicator, *span)
        return {"corrected": str(rules.share_without_failure(tally, indicator)) if tally.n else None}

    def _content(self, alert: Alert, recipient: Recipient | None) -> dict[str, Any]:
        """What a message is written from; kept with it, so that sending again sends the same."""
        return {
            "unit": self._name(alert.unit, alert.raised_on),
            "indicator": alert.indicator,
            "since": alert.since,
            "raised_on": alert.raised_on,
            "ended_on": alert.ended_on,
            "n": alert.n,
            "failures": str(alert.failures),
            "value": str(alert.value),
            "baseline": str(alert.baseline),
            "chance_years": str(alert.chance_years),
            "led_unit": self._name(recipient.unit if recipient else alert.unit, alert.raised_on),
            "acting": recipient.acting if recipient else False,
        }

    def _name(self, unit: str, on: date) -> str:
        version = self._tree.state(unit, on)
        return version.name if version else unit


def _named(happening: Happening, known: bool) -> Step:
    """A case raised under the name of an alert that is there already has come back."""
    return Step.REOPENED if happening.step is Step.RAISED and known else happening.step


def _shown(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in ("since", "n", "failures", "value", "baseline")}


def _detail(step: Step, happening: Happening, indicator: Indicator) -> dict[str, Any]:
    """The figures behind a step that says the case holds."""
    if step in (Step.RECOVERED, Step.WITHDRAWN):
        return {}
    shown = _shown(rules.figures(happening.run, indicator))
    return {name: value if isinstance(value, int) else str(value) for name, value in shown.items()}
