"""Help agreed on alerts: kept first, then sent to ingest, then noted on the alert. Each step can be repeated."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import structlog

from services.kit.errors import Refused
from services.kit.postgres import Connection, transaction
from services.notifications.domain.actions import Action, action_event, action_id
from services.notifications.domain.alerts import ENDED, State
from services.notifications.ingest import Ingest
from services.notifications.store import alerts
from services.notifications.store.alerts import KeptAction, StoredAlert

log = structlog.get_logger()


async def keep_action(conn: Connection, stored: StoredAlert, action: Action, by: str) -> KeptAction:
    """Keep an action on an alert, within the caller's transaction; the same one again is the one kept first."""
    identity = action_id(stored.alert.id, action)
    event = action_event(stored.alert.id, stored.alert.unit, identity, action, datetime.now(UTC).isoformat())
    return await alerts.keep_action(conn, stored.alert.id, identity, event, by)


async def send_action(pool: asyncpg.Pool, ingest: Ingest, kept: KeptAction) -> None:
    """
    Send a kept action and note it on its alert; once noted, do nothing.

    Raises Refused and forgets the action when ingest refuses it; Unavailable, and the action stays to be sent again.
    """
    if kept.state == alerts.RECORDED:
        return
    try:
        await ingest.send(kept.event)
    except Refused:
        async with transaction(pool) as conn:
            await alerts.drop_action(conn, kept.alert, kept.action)
        raise
    async with transaction(pool) as conn:
        await _note(conn, kept)


async def send_left_behind(pool: asyncpg.Pool, ingest: Ingest) -> bool:
    """Send one action that whoever kept it did not send; False if there is none. Raises Unavailable."""
    async with transaction(pool) as conn:
        kept = await alerts.action_left_behind(conn)
    if kept is None:
        return False
    try:
        await send_action(pool, ingest, kept)
    except Refused:
        log.warning("action.refused", alert=kept.alert, action=kept.action)
    return True


async def _note(conn: Connection, kept: KeptAction) -> None:
    stored = await alerts.read_alert(conn, kept.alert, hold=True)
    if stored is None or not await alerts.action_recorded(conn, kept.alert, kept.action):
        return
    if stored.alert.state not in ENDED:
        await alerts.set_state(conn, kept.alert, State.ACTION_RECORDED)
    await alerts.add_step(conn, kept.alert, State.ACTION_RECORDED, by=kept.by, detail=_detail(kept.event["data"]))


def _detail(data: dict[str, Any]) -> dict[str, Any]:
    return {"action": data["action"], "action_kind": data["kind"], "owner": data["owner"]}
