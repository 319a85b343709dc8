"""What the notifications API takes and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.fields import Code, Text
from services.notifications.domain.alerts import State

Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$"
    ),
]
"""An address as mail relays take it everywhere: no spaces, no comments, ASCII."""


class Answer(BaseModel):
    """What a reader gets."""

    model_config = ConfigDict(frozen=True)


class Request(BaseModel):
    """What a client sends; what we do not know is an error, so that a mistyped name is not lost in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitRef(Answer):
    """A unit as it was called on the day the alert was raised."""

    code: str
    name: str


class LeaderRef(Answer):
    """Whom the alert was told to: the head of `unit`, which is the alert's own or the first above it with a head."""

    employee: str
    unit: str
    acting: bool


class ActionShown(Answer):
    """Help agreed on an alert; `state` is `sending` until ingest has it."""

    action: str
    kind: str
    owner: str
    due: date | None = None
    note: str | None = None
    state: Literal["sending", "recorded"]
    by: str
    at: datetime


class StepShown(Answer):
    """One step in the life of an alert, with the figures of that moment in `detail`."""

    step: str
    day: date | None = Field(description="The closed day on which the detector took it; null for steps of people.")
    at: datetime
    by: str | None = Field(description="Who took it; null for the detector.")
    detail: dict[str, Any]


class AlertShown(Answer):
    """A possible drop of one unit and indicator. A question, not a finding."""

    id: str
    unit: UnitRef
    indicator: str
    state: State
    raised_on: date = Field(description="The closed day on which it was (last) told.")
    ended_on: date | None
    since: date = Field(description="The first day of the evidence.")
    n: int = Field(description="Tries since then.")
    failures: str = Field(description="Failures since then, a decimal.")
    value: str = Field(description="Share without failure since then, four digits.")
    baseline: str = Field(description="The share to be expected over the same days.")
    chance_years: str = Field(description="Chance alone does this about once in so many years.")
    leader: LeaderRef | None = Field(description="Who was told first.")
    recipients: list[LeaderRef] = Field(description="All who were told, in that order.")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    actions: list[ActionShown]
    history: list[StepShown]


class Alerts(Answer):
    """A page of alerts, newest first."""

    alerts: list[AlertShown]
    next: int | None = Field(description="Give it as `after` for the next page; null on the last.")


class NewAction(Request):
    """Help agreed on an alert. The same again is the same action."""

    kind: Literal["coaching", "training", "resource", "expectation", "dialogue", "other"]
    owner: Code = Field(description="Employee id of who sees to it.")
    due: date | None = None
    note: Text | None = None


class PreferenceShown(Answer):
    """How a leader wants to be reached."""

    employee: str
    email: str | None
    language: str
    muted: bool


class Preferences(Answer):
    """A page of preferences, by employee."""

    preferences: list[PreferenceShown]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class NewPreference(Request):
    """How a leader wants to be reached; replaces what was set for them before."""

    employee: Code
    email: Email | None = Field(None, description="Left out: not by mail.")
    language: Literal["id"] = Field("id", description="Messages are written in Indonesian.")
    muted: bool = Field(False, description="No messages, whatever the address.")


class NewPreferences(Request):
    """Preferences of some leaders; those of others stay."""

    preferences: Annotated[list[NewPreference], Field(min_length=1, max_length=1000)]


class DeliveryShown(Answer):
    """A message to a recipient and what has become of it."""

    id: int
    alert: str
    message: str
    recipient: str | None = Field(description="Employee id; null while nobody leads the unit.")
    message_id: str
    state: Literal["pending", "sent", "failed", "no_leader", "no_address", "muted"]
    attempts: int
    next_attempt_at: datetime | None
    problem: str | None
    created_at: datetime
    sent_at: datetime | None


class Deliveries(Answer):
    """A page of deliveries, newest first."""

    deliveries: list[DeliveryShown]
    next: int | None = Field(description="Give it as `after` for the next page; null on the last.")
