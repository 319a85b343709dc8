"""The demonstration and notifications: who leads and where to write to them, and waiting for what they are told."""

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any

import httpx

from services.kit.errors import UserError
from services.kit.waiting import until
from services.local.demo.people import by_unit
from services.local.demo.sending import patiently
from services.local.demo.shape import LATE_OFFICE, SLOW_COUNTER

ALERTED_WITHIN_S = 60.0
MAILED_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.25


def leaders(seed: int) -> list[dict[str, Any]]:
    """Return how each head wants to be reached: by mail, at an address that nobody can have (RFC 2606)."""
    return [
        {"employee": people[0].id, "email": f"{unit}@kinerja.example", "language": "id", "muted": False}
        for unit, people in by_unit(seed).items()
    ]


async def introduce(notifications: httpx.AsyncClient, seed: int) -> None:
    """
    Tell notifications where its letters to the heads go.

    Raises:
        UserError: it does not take them.
    """
    body = {"preferences": leaders(seed)}
    answer = await patiently(notifications, "PUT", "/v1/preferences", json=body)
    if not answer.is_success:
        raise UserError(f"notifications does not take preferences: {answer.status_code} {answer.text[:300]}")


async def alerted(notifications: httpx.AsyncClient, within_s: float = ALERTED_WITHIN_S) -> list[dict[str, Any]]:
    """Return the alerts once both planted drops are among them, or what there is when the time is over."""
    give_up = time.monotonic() + within_s
    while True:
        alerts = await _alerts(notifications)
        if {SLOW_COUNTER, LATE_OFFICE} <= {alert["unit"]["code"] for alert in alerts} or time.monotonic() > give_up:
            return alerts
        await asyncio.sleep(_LOOK_EVERY_S)


async def mailed(folder: Path) -> None:
    """Wait until there is a mail in *folder*; not for long, since an alert without one is still an alert."""

    async def arrived() -> bool:
        return _has_mail(folder)

    with contextlib.suppress(UserError):
        await until(arrived, MAILED_WITHIN_S, f"no mail in {folder}")


def _has_mail(folder: Path) -> bool:
    return any(folder.glob("*.eml"))


async def _alerts(notifications: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await patiently(notifications, "GET", "/v1/alerts")
    if answer.status_code != httpx.codes.OK:
        raise UserError(f"notifications does not list its alerts: {answer.status_code} {answer.text[:300]}")
    alerts: list[dict[str, Any]] = answer.json()["alerts"]
    return alerts
