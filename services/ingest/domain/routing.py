"""Where an event goes on the log, and what of it stands there: no alias, no name."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from schemas.event import topic_of
from schemas.registry import EVENT_TYPES

Stated = Mapping[str, Any]
"""
An event as it is written for the log and kept while it waits: everything checked, nulls left out, aliases as sent.

What is kept was judged when it was taken and is never judged again, whatever the contract says by then.
"""


class LogRecord(NamedTuple):
    """One record for Kafka."""

    topic: str
    key: bytes
    value: bytes


def log_record(event: Stated, resolution: Mapping[str, str]) -> LogRecord:
    """
    Return the record of *event* with every alias replaced by the employee id that *resolution* gives.

    The key is the subject without its prefix, so that everything about one person or unit lies in one partition.
    """
    plain = _resolved(event, resolution) if resolution else event
    topic = EVENT_TYPES[plain["type"]].topic or topic_of(plain)
    return LogRecord(topic, plain["subject"].partition(":")[2].encode(), orjson.dumps(plain))


def _resolved(event: Stated, resolution: Mapping[str, str]) -> Stated:
    data, subject = event["data"], resolution.get(event["subject"])
    references = {name: data[name] for name in EVENT_TYPES[event["type"]].employee_refs if name in data}
    replaced = {name: resolution[value] for name, value in references.items() if value in resolution}
    named = event["subject"] if subject is None else f"employee:{subject}"
    return {**event, "subject": named, "data": {**data, **replaced}}


def without_personal_data(event: Stated) -> Stated:
    """Leave names and aliases of a registered employee out: of a registration only `effective_from` is on the log."""
    if event["type"] != "employee.registered.v1":
        return event
    return {**event, "data": {"effective_from": event["data"]["effective_from"]}}
