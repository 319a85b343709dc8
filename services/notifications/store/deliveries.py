"""Messages to recipients, and how recipients want to be reached."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from services.kit.access import Scope
from services.kit.postgres import Connection
from services.notifications.domain.alerts import Message
from services.notifications.store.alerts import units_in
from services.notifications.store.named import queries

PENDING, SENT, FAILED = "pending", "sent", "failed"
NO_LEADER, NO_ADDRESS, MUTED = "no_leader", "no_address", "muted"


@dataclass(frozen=True, slots=True)
class Preference:
    """How a leader wants to be reached; no address: not at all."""

    employee: str
    email: str | None
    language: str
    muted: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send *until* then; *email* and *muted* as the recipient wants them now."""

    number: int
    alert: str
    message: Message
    message_id: str
    content: dict[str, Any]
    attempts: int
    created_at: datetime
    until: datetime
    email: str | None
    muted: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a recipient and what has become of it."""

    number: int
    alert: str
    message: str
    recipient: str | None
    message_id: str
    state: str
    attempts: int
    next_attempt_at: datetime
    problem: str | None
    created_at: datetime
    sent_at: datetime | None


async def next_occasion(conn: Connection, alert: str, message: Message) -> int:
    """Return the number of the next occasion on which an alert's recipients get a message of this kind."""
    return 1 + int(await queries.occasions(conn, alert=alert, message=message))


async def add_delivery(
    conn: Connection, alert: str, message: Message, occasion: int, recipient: str | None, content: dict[str, Any]
) -> None:
    """Make a message for one recipient, in the transaction of what it tells of; no recipient: for nobody yet."""
    await queries.add_delivery(
        conn,
        alert=alert,
        message=message,
        occasion=occasion,
        recipient=recipient,
        message_id=message_id(alert, message, occasion, recipient),
        content=msgspec.json.encode(content).decode(),
        state=await _first_state(conn, recipient),
    )


def message_id(alert: str, message: Message, occasion: int, recipient: str | None) -> str:
    """
    Return the left side of the Message-ID: the same message to the same recipient has the same one for ever.

    Short, so that the header stays on one line, and without the recipient's id in the clear.
    """
    said = f"{alert}\n{message}\n{occasion}\n{recipient or ''}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


async def drop_undeliverable(conn: Connection, alert: str) -> None:
    """Forget messages of an alert that had nobody to go to, once there is somebody."""
    await queries.drop_undeliverable(conn, alert=alert)


async def release_claims(conn: Connection, member: str) -> None:
    """Let go of what an earlier run of the process *member* was sending when it ended."""
    await queries.release_claims(conn, member=member)


async def claim(conn: Connection, member: str, claim_s: float) -> Claimed | None:
    """Take the message due longest for *claim_s* seconds, or until it is settled; None if none is due."""
    row = await queries.claim(conn, member=member, claim_s=claim_s)
    if row is None:
        return None
    fields = {name: row[name] for name in Claimed.__dataclass_fields__}
    decoded = {"message": Message(row["message"]), "content": msgspec.json.decode(row["content"])}
    return Claimed(**{**fields, **decoded, "muted": bool(row["muted"])})


async def settle(conn: Connection, claimed: Claimed, state: str, *, problem: str | None, delay_s: float) -> bool:
    """
    Note how an attempt ended; a pending message is due again after *delay_s*.

    False if the claim ran out before and another sender has taken the message.
    """
    number = await queries.settle(
        conn, number=claimed.number, until=claimed.until, state=state, problem=problem, delay_s=delay_s
    )
    return number is not None


async def read_deliveries(conn: Connection, *, scope: Scope, after: int | None, most: int) -> list[Delivery]:
    """Return a page of deliveries about units in *scope*, newest first."""
    units = await units_in(conn, scope)
    return [Delivery(**row) for row in await queries.page_of_deliveries(conn, units=units, after=after, most=most)]


async def read_preferences(conn: Connection, *, scope: Scope, after: str | None, most: int) -> list[Preference]:
    """Return a page of preferences of those in *scope*, by employee."""
    employees = await _employees_in(conn, scope)
    rows = await queries.preferences(conn, employees=employees, after=after, most=most)
    return [Preference(**row) for row in rows]


async def _employees_in(conn: Connection, scope: Scope) -> list[str] | None:
    if scope.is_everything:
        return None
    employees = [row["employee"] for row in await queries.employees_with_preferences(conn)]
    return [employee for employee in employees if scope.has(f"employee:{employee}")]


async def put_preferences(conn: Connection, preferences: Sequence[Preference]) -> None:
    """Set preferences, each employee once; messages that waited for an address go out."""
    ordered = sorted(preferences, key=lambda preference: preference.employee)
    await queries.put_preferences(
        conn,
        employees=[row.employee for row in ordered],
        emails=[row.email for row in ordered],
        languages=[row.language for row in ordered],
        mutings=[row.muted for row in ordered],
    )
    await queries.revive(conn, employees=[row.employee for row in ordered])


async def _first_state(conn: Connection, recipient: str | None) -> str:
    if recipient is None:
        return NO_LEADER
    preference = await queries.preference(conn, employee=recipient)
    if preference is not None and preference["muted"]:
        return MUTED
    return PENDING if preference is not None and preference["email"] else NO_ADDRESS
