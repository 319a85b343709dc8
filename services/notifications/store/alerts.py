"""Alerts, their histories and their actions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from services.kit.access import Scope
from services.kit.postgres import Connection
from services.notifications.domain.alerts import Recipient, State, Told
from services.notifications.store.named import queries

SENDING, RECORDED = "sending", "recorded"
"""States of an action: kept, and taken by ingest."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What detection says of an alert, and to whom it was told."""

    id: str
    unit: str
    indicator: str
    start: date
    state: State
    raised_on: date
    ended_on: date | None
    since: date
    n: int
    failures: Decimal
    value: Decimal
    baseline: Decimal
    chance_years: Decimal
    told: Told = Told.NOTHING
    recipients: tuple[Recipient, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert with its place in the list and who acknowledged it."""

    alert: Alert
    number: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of an alert: of the detector on a closed *day*, or *by* the holder of a token."""

    alert: str
    step: str
    day: date | None
    at: datetime
    by: str | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeptAction:
    """An action on an alert: the event as sent to ingest, and whether ingest has it."""

    alert: str
    action: str
    event: dict[str, Any]
    by: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A step that is not on the topic yet."""

    number: int
    alert: str
    step: str
    day: date | None
    at: datetime
    by: str | None
    detail: dict[str, Any]
    unit: str
    indicator: str
    start: date


async def hold_alerts(conn: Connection, ids: Sequence[str]) -> dict[str, Alert]:
    """Return alerts by id, kept still until the end of the transaction."""
    return {row["id"]: _stored(row).alert for row in await queries.hold_alerts(conn, ids=ids)}


async def put_alert(conn: Connection, alert: Alert) -> None:
    """Write an alert; who was told stays told."""
    fields = {name: getattr(alert, name) for name in Alert.__dataclass_fields__ if name != "recipients"}
    await queries.put_alert(conn, **fields)
    if alert.recipients:
        await queries.add_recipients(
            conn,
            alert=alert.id,
            employees=[recipient.employee for recipient in alert.recipients],
            units=[recipient.unit for recipient in alert.recipients],
            actings=[recipient.acting for recipient in alert.recipients],
        )


async def add_step(
    conn: Connection,
    alert: str,
    step: str,
    *,
    day: date | None = None,
    by: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append to an alert's history, in the transaction of what it tells of."""
    await queries.add_event(conn, alert=alert, step=step, day=day, by=by, detail=_json(detail or {}))


async def untold(conn: Connection) -> list[Alert]:
    """Return alerts that hold but had nobody to be told to, kept still until the end of the transaction."""
    return [_stored(row).alert for row in await queries.untold(conn)]


async def read_alerts(
    conn: Connection, *, state: str | None, unit: str | None, scope: Scope, after: int | None, most: int
) -> list[StoredAlert]:
    """Return a page of alerts about units in *scope*, newest first."""
    units = await units_in(conn, scope)
    rows = await queries.page(conn, state=state, unit=unit, units=units, after=after, most=most)
    return [_stored(row) for row in rows]


async def units_in(conn: Connection, scope: Scope) -> list[str] | None:
    """Return those units in *scope* that alerts are about; None: all."""
    if scope.is_everything:
        return None
    return [row["unit"] for row in await queries.units(conn) if scope.has(f"unit:{row['unit']}")]


async def read_alert(conn: Connection, alert: str, *, hold: bool = False) -> StoredAlert | None:
    """Return one alert; *hold* keeps it still until the end of the transaction."""
    row = await (queries.hold_one if hold else queries.one)(conn, id=alert)
    return _stored(row) if row else None


async def histories(conn: Connection, ids: Sequence[str]) -> dict[str, list[HistoryStep]]:
    """Return the steps of alerts by id, oldest first."""
    found: dict[str, list[HistoryStep]] = {alert: [] for alert in ids}
    for row in await queries.events(conn, ids=ids):
        found[row["alert"]].append(HistoryStep(**{**row, "detail": msgspec.json.decode(row["detail"])}))
    return found


async def actions(conn: Connection, ids: Sequence[str]) -> dict[str, list[KeptAction]]:
    """Return the actions of alerts by id, oldest first."""
    found: dict[str, list[KeptAction]] = {alert: [] for alert in ids}
    for row in await queries.actions(conn, ids=ids):
        found[row["alert"]].append(_action(row))
    return found


async def acknowledge(conn: Connection, alert: str, state: State, by: str) -> None:
    """Note who has seen an alert."""
    await queries.acknowledge(conn, id=alert, state=state, by=by)


async def set_state(conn: Connection, alert: str, state: State) -> None:
    """Move an alert to a state."""
    await queries.set_state(conn, id=alert, state=state)


async def keep_action(conn: Connection, alert: str, action: str, event: dict[str, Any], by: str) -> KeptAction:
    """Keep an action before it is sent; answers the one kept first, which is the one to send."""
    return _action(await queries.put_action(conn, alert=alert, action=action, event=_json(event), by=by))


async def action_left_behind(conn: Connection) -> KeptAction | None:
    """Return the oldest action that was kept a while ago and not sent."""
    row = await queries.action_left_behind(conn)
    return _action(row) if row else None


async def drop_action(conn: Connection, alert: str, action: str) -> None:
    """Forget an action that ingest refused."""
    await queries.drop_action(conn, alert=alert, action=action)


async def action_recorded(conn: Connection, alert: str, action: str) -> bool:
    """Note that ingest has an action; False if that was noted before."""
    return await queries.action_recorded(conn, alert=alert, action=action) is not None


async def begin_publishing(conn: Connection) -> bool:
    """Reserve publishing until the end of the transaction, so that steps stay in order; False if another one runs."""
    return bool(await queries.lock_publishing(conn))


async def unpublished(conn: Connection, most: int) -> list[Unpublished]:
    """Return the earliest steps that are not on the topic yet."""
    rows = await queries.unpublished(conn, most=most)
    return [Unpublished(**{**row, "detail": msgspec.json.decode(row["detail"])}) for row in rows]


async def published(conn: Connection, numbers: Sequence[int]) -> None:
    """Note that the broker has acknowledged these steps."""
    await queries.published(conn, numbers=numbers)


def _stored(row: Any) -> StoredAlert:
    fields = {name: row[name] for name in Alert.__dataclass_fields__}
    recipients = msgspec.json.decode(row["recipients"], type=tuple[Recipient, ...])
    alert = Alert(**{**fields, "state": State(row["state"]), "told": Told(row["told"]), "recipients": recipients})
    return StoredAlert(alert, row["number"], row["acknowledged_at"], row["acknowledged_by"])


def _action(row: Any) -> KeptAction:
    return KeptAction(**{**row, "event": msgspec.json.decode(row["event"])})


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
