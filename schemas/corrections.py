"""Voids, contests and their answers: how an event is taken back or disputed."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.fields import Number, Record, Text
from schemas.uris import URI_REFERENCE

Source = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=URI_REFERENCE)]
"""A CloudEvents source: a URI reference of at most 128 characters."""

EventType = Annotated[str, Field(max_length=64)]


class EventRef(Record):
    """The identity of another event, with its type."""

    type: EventType
    source: Source
    id: Number


class ContestRef(Record):
    """The identity of an `event.contested.v1`."""

    source: Source
    id: Number


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
