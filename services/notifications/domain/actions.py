"""Help agreed on an alert, as the event that ingest is sent."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

SOURCE = "kinerja-notifications"
TYPE = "action.recorded.v1"


@dataclass(frozen=True, slots=True)
class Action:
    """What was agreed: its kind, who sees to it, until when."""

    kind: str
    owner: str
    due: date | None = None
    note: str | None = None


def action_id(alert: str, action: Action) -> str:
    """Name an action by what it says: asked for twice, it is recorded once."""
    said = [alert, action.kind, action.owner, action.due.isoformat() if action.due else None, action.note]
    return f"act-{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]}"


def action_event(alert: str, unit: str, identity: str, action: Action, time: str) -> dict[str, Any]:
    """Return the CloudEvent; *identity* names both the action and the event, *time* is an RFC 3339 moment."""
    data = {
        "action": identity,
        "kind": action.kind,
        "owner": action.owner,
        "due": action.due.isoformat() if action.due else None,
        "alert": alert,
        "note": action.note,
    }
    return {
        "specversion": "1.0",
        "id": identity,
        "source": SOURCE,
        "type": TYPE,
        "subject": f"unit:{unit}",
        "time": time,
        "datacontenttype": "application/json",
        "data": {name: value for name, value in data.items() if value is not None},
    }
