"""The guard at every door: who asks, by the token of the request, and whether they may."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request

from schemas.rights import READ, Right
from services.kit.access import Principal, Scope
from services.kit.access_format import Expired, InForce
from services.kit.problems import Problem


@dataclass(frozen=True, slots=True)
class Granted:
    """Who asks, and about whom they may."""

    principal: Principal
    scope: Scope


def bearer(request: Request) -> Principal:
    """Return whoever holds the request's bearer token; raises a 401 Problem. The app's state holds `access`."""
    access: InForce = request.app.state.access
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        holder = access.current().holder(token.strip(), datetime.now(UTC)) if scheme.lower() == "bearer" else None
    except Expired as exc:
        raise _not_authenticated(f"This token was good until {exc}; ask for a new one.") from None
    if holder is None:
        raise _not_authenticated("Send a valid token in the header: Authorization: Bearer <token>.")
    return holder


def _not_authenticated(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def granted(request: Request, right: Right) -> Granted:
    """Return who asks and about whom they have *right*; raises a Problem: 401, or 403 where it is about nobody."""
    principal = bearer(request)
    scope = principal.scope(right)
    if not scope:
        raise Problem(403, _refusal(right))
    return Granted(principal, scope)


def _refusal(right: Right) -> str:
    if right.action == READ:
        return f"This token may not read {right.resource}; ask for read access in the access file."
    return f"This token has no right {right}; ask for it in the access file, under act."


def holder_of(right: Right) -> Callable[[Request], Awaitable[Granted]]:
    """Return a FastAPI dependency that lets through who was given *right*; the route asks whom it is given about."""

    async def check(request: Request) -> Granted:
        return granted(request, right)

    return check
