"""Alerts: list, look at one, acknowledge it, record what was agreed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from schemas.rights import ACKNOWLEDGE, ACT, Right
from services.kit.guards import Granted
from services.kit.postgres import Connection
from services.kit.problems import Problem
from services.notifications.acting import keep_action, send_action
from services.notifications.api.door import Acknowledger, Actor, After, Limit, Reader, database, problems
from services.notifications.api.shapes import (
    ActionShown,
    Alerts,
    AlertShown,
    LeaderRef,
    NewAction,
    StepShown,
    UnitRef,
)
from services.notifications.domain.actions import Action
from services.notifications.domain.alerts import ENDED, State
from services.notifications.domain.units import Tree
from services.notifications.store import alerts, knowledge
from services.notifications.store.alerts import HistoryStep, KeptAction, StoredAlert

router = APIRouter(responses=problems(401, 403, 422, 503))
AlertId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
UnitCode = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="Only of this unit.")]
AnyState = Annotated[State | None, Query(description="Only in this state.")]


@router.get("/v1/alerts")
async def get_alerts(
    request: Request,
    reader: Reader,
    state: AnyState = None,
    unit: UnitCode = None,
    after: After = None,
    limit: Limit = 100,
) -> Alerts:
    """List alerts, newest first."""
    async with database(request) as conn:
        page = await alerts.read_alerts(conn, state=state, unit=unit, scope=reader.scope, after=after, most=limit + 1)
        shown = await _shown(conn, page[:limit])
    return Alerts(alerts=shown, next=page[limit - 1].number if len(page) > limit else None)


@router.get("/v1/alerts/{alert}", responses=problems(404))
async def get_alert(request: Request, reader: Reader, alert: AlertId) -> AlertShown:
    """Show one alert with its history."""
    async with database(request) as conn:
        return await _one(conn, alert, reader)


@router.post("/v1/alerts/{alert}/acknowledge", responses=problems(404, 409))
async def acknowledge(request: Request, client: Acknowledger, reader: Reader, alert: AlertId) -> AlertShown:
    """Note that somebody has seen an alert; a second time changes nothing. Needs the right `alerts:acknowledge`."""
    async with database(request) as conn:
        stored = await _stored(conn, alert, reader, hold=True)
        _check_unit(client, ACKNOWLEDGE, stored)
        state, name = stored.alert.state, client.principal.name
        if state in ENDED:
            raise Problem(409, f"The alert is {state}; only one that still holds can be acknowledged.")
        if state in (State.RAISED, State.REOPENED):
            await alerts.acknowledge(conn, alert, State.ACKNOWLEDGED, name)
            await alerts.add_step(conn, alert, State.ACKNOWLEDGED, by=name)
        return await _one(conn, alert, reader)


@router.post("/v1/alerts/{alert}/actions", status_code=201, responses=problems(400, 404, 409))
async def record_action(request: Request, client: Actor, reader: Reader, alert: AlertId, body: NewAction) -> AlertShown:
    """
    Record help agreed on an alert as an event, so that it stays with the unit; the same again is recorded once.

    Needs the right `alerts:act`.
    """
    async with database(request) as conn:
        stored = await _stored(conn, alert, reader, hold=True)
        _check_unit(client, ACT, stored)
        if stored.alert.state is State.WITHDRAWN:
            raise Problem(409, "The alert was withdrawn: there is no drop to act on.")
        action = Action(body.kind, body.owner, body.due, body.note)
        kept = await keep_action(conn, stored, action, client.principal.name)
    await send_action(request.app.state.pool, request.app.state.ingest, kept)
    async with database(request) as conn:
        return await _one(conn, alert, reader)


async def _stored(conn: Connection, alert: str, reader: Granted, *, hold: bool = False) -> StoredAlert:
    """Return an alert that *reader* may see; to everybody else it is not there."""
    stored = await alerts.read_alert(conn, alert, hold=hold)
    if stored is None or not reader.scope.has(f"unit:{stored.alert.unit}"):
        raise Problem(404, f"There is no alert {alert}; GET /v1/alerts lists them.")
    return stored


def _check_unit(client: Granted, right: Right, stored: StoredAlert) -> None:
    if not client.scope.has(f"unit:{stored.alert.unit}"):
        raise Problem(403, f"This token has the right {right} for other units only; ask for it in the access file.")


async def _one(conn: Connection, alert: str, reader: Granted) -> AlertShown:
    (shown,) = await _shown(conn, [await _stored(conn, alert, reader)])
    return shown


async def _shown(conn: Connection, page: Sequence[StoredAlert]) -> list[AlertShown]:
    ids = [stored.alert.id for stored in page]
    tree = await knowledge.read_units(conn, (stored.alert.unit for stored in page))
    steps, actions = await alerts.histories(conn, ids), await alerts.actions(conn, ids)
    return [_show(stored, tree, steps[stored.alert.id], actions[stored.alert.id]) for stored in page]


def _show(stored: StoredAlert, tree: Tree, steps: list[HistoryStep], actions: list[KeptAction]) -> AlertShown:
    alert = stored.alert
    version = tree.state(alert.unit, alert.raised_on)
    told = [LeaderRef(employee=who.employee, unit=who.unit, acting=who.acting) for who in alert.recipients]
    return AlertShown(
        id=alert.id,
        unit=UnitRef(code=alert.unit, name=version.name if version else alert.unit),
        indicator=alert.indicator,
        state=alert.state,
        raised_on=alert.raised_on,
        ended_on=alert.ended_on,
        since=alert.since,
        n=alert.n,
        failures=_decimal(alert.failures),
        value=str(alert.value),
        baseline=str(alert.baseline),
        chance_years=_decimal(alert.chance_years),
        leader=told[0] if told else None,
        recipients=told,
        acknowledged_at=stored.acknowledged_at,
        acknowledged_by=stored.acknowledged_by,
        actions=[_action(action) for action in actions],
        history=[StepShown(step=it.step, day=it.day, at=it.at, by=it.by, detail=it.detail) for it in steps],
    )


def _action(kept: KeptAction) -> ActionShown:
    data = {name: kept.event["data"].get(name) for name in ("action", "kind", "owner", "due", "note")}
    return ActionShown.model_validate({**data, "state": kept.state, "by": kept.by, "at": kept.at})


def _decimal(value: Decimal) -> str:
    return f"{value.normalize():f}"
