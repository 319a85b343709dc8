"""Deliveries and preferences: what was sent to whom, and how leaders want to be reached."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.kit.problems import Problem
from services.notifications.api.door import After, Limit, Reader, Setter, database, problems
from services.notifications.api.shapes import (
    Deliveries,
    DeliveryShown,
    NewPreferences,
    Preferences,
    PreferenceShown,
)
from services.notifications.store import deliveries
from services.notifications.store.deliveries import PENDING, Delivery, Preference

router = APIRouter(responses=problems(401, 403, 422, 503))
AfterEmployee = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="`next` of the page before.")
]


@router.get("/v1/deliveries")
async def get_deliveries(request: Request, reader: Reader, after: After = None, limit: Limit = 100) -> Deliveries:
    """List messages, newest first."""
    async with database(request) as conn:
        page = await deliveries.read_deliveries(conn, scope=reader.scope, after=after, most=limit + 1)
    following = page[limit - 1].number if len(page) > limit else None
    return Deliveries(deliveries=[_delivery(row) for row in page[:limit]], next=following)


@router.get("/v1/preferences")
async def get_preferences(
    request: Request, reader: Reader, after: AfterEmployee = None, limit: Limit = 100
) -> Preferences:
    """List how leaders want to be reached, by employee."""
    async with database(request) as conn:
        page = await deliveries.read_preferences(conn, scope=reader.scope, after=after, most=limit + 1)
    following = page[limit - 1].employee if len(page) > limit else None
    return Preferences(preferences=[_preference(row) for row in page[:limit]], next=following)


@router.put("/v1/preferences", responses=problems(400))
async def put_preferences(request: Request, setter: Setter, body: NewPreferences) -> Preferences:
    """
    Set how some leaders want to be reached; messages that waited for an address go out.

    Needs the right `preferences:set`.
    """
    wanted = [Preference(each.employee, each.email, each.language, each.muted) for each in body.preferences]
    if len({preference.employee for preference in wanted}) < len(wanted):
        raise Problem(422, "preferences names an employee twice; send each once.")
    if others := [each.employee for each in wanted if not setter.scope.has(f"employee:{each.employee}")]:
        raise Problem(403, f"This token may not set preferences of {others[0]}; ask for it in the access file.")
    async with database(request) as conn:
        await deliveries.put_preferences(conn, wanted)
    ordered = sorted(wanted, key=lambda preference: preference.employee)
    return Preferences(preferences=[_preference(row) for row in ordered], next=None)


def _delivery(row: Delivery) -> DeliveryShown:
    return DeliveryShown.model_validate(
        {
            "id": row.number,
            "alert": row.alert,
            "message": row.message,
            "recipient": row.recipient,
            "message_id": row.message_id,
            "state": row.state,
            "attempts": row.attempts,
            "next_attempt_at": row.next_attempt_at if row.state == PENDING else None,
            "problem": row.problem,
            "created_at": row.created_at,
            "sent_at": row.sent_at,
        }
    )


def _preference(row: Preference) -> PreferenceShown:
    return PreferenceShown(employee=row.employee, email=row.email, language=row.language, muted=row.muted)
