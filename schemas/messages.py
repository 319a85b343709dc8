"""
What services tell each other and the world on topics besides events: changed measures, alerts, dead letters.

Readers must let fields pass that they do not know; within a version none is taken away and none changes its meaning.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.fields import Day


class Message(BaseModel):
    """What is published; more fields may come."""

    model_config = ConfigDict(frozen=True)


Count = Annotated[int, Field(ge=0)]


class MeasureCounts(Message):
    """A measure as exact integers."""

    n: Count
    total: Count


class UnitDayChanged(Message):
    """
    The measures of a unit's own people and services on a day, absolute. Of one unit-day the greatest `revision` stands.

    `closed` is the unit's own closing on that day. A revision is at least the microseconds since 1970 when it was given
    out; one that lies far ahead of when the message came to the topic is not believed.
    """

    unit: str
    day: Day
    closed: bool
    revision: Annotated[int, Field(ge=1)]
    measures: dict[str, MeasureCounts]


class AlertStep(Message):
    """
    One step in the life of an alert; `step` numbers it for ever, so that a second copy is known as one.

    Steps that say that a drop holds carry its figures: since, n, failures, value and baseline.
    """

    alert: str
    step: Annotated[int, Field(ge=1)]
    kind: Literal[
        "raised",
        "reopened",
        "recovered",
        "withdrawn",
        "reminded",
        "new_normal_asked",
        "acknowledged",
        "action_recorded",
    ]
    unit: str
    indicator: str
    start: Day
    day: Day | None
    at: AwareDatetime
    by: str | None
    since: Day | None = None
    n: Count | None = None
    failures: str | None = None
    value: str | None = None
    baseline: str | None = None
    action: str | None = None
    action_kind: str | None = None
    owner: str | None = None


class LogPosition(Message):
    """Where on the log a record stands."""

    topic: str
    partition: Count
    offset: Count


class RecordSetAside(Message):
    """A record of a canonical topic that could not be folded, bytes and place included."""

    origin: LogPosition
    reason: str
    payload_base64: str


class ItemRejected(Message):
    """
    An item that ingest did not take. Its body stays with ingest, which shows it to those who may mend it.

    `id` is the number under which `/v1/dead-letters` has it.
    """

    id: int
    received_at: AwareDatetime
    client: str
    origin: str
    source: str | None
    event_id: str | None
    type: str | None
    reason: str
    problems: list[dict[str, Any]]


MESSAGES: dict[str, type[Message]] = {
    "unit_day.changed": UnitDayChanged,
    "alert.step": AlertStep,
    "record.set_aside": RecordSetAside,
    "item.rejected": ItemRejected,
}
"""Every message that is no event, by name."""
