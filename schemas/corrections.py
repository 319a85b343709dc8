"""Voids, contests and their answers: how an event is taken back or disputed."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.atoms import Record, Text

EventId = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A CloudEvents id or source: 1 to 256 characters, without control characters."""

EventType = Annotated[str, Field(max_length=64)]


class EventRef(Record):
    """The identity of another event, with its type."""

    type: EventType
    source: EventId
    id: EventId


class ContestRef(Record):
    """The identity of an `event.contested.v1`."""

    source: EventId
    id: EventId


class EventVoided(Record):
    """The named event counts as if it had never been; a correction is a void and a new event."""

    voided: EventRef
    reason: Text


class EventContested(Record):
    """Somebody disputes the named event. Changes no measure."""

    contested: EventRef
    reason: Text


class ContestAnswered(Record):
    """The answer to a contest."""

    contest: ContestRef
    decision: Literal["upheld", "rejected"]
    reason: Text
