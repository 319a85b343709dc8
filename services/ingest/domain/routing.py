"""Where an event goes on the log, and what of it stands there: no alias, no name."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from schemas.directory import EmployeeKnown, EmployeeRegistered
from schemas.event import Event


class LogRecord(NamedTuple):
    """One record for Kafka."""

    topic: str
    key: bytes
    value: bytes


def log_record(event: Event, resolution: Mapping[str, str]) -> LogRecord:
    """
    Return the record of *event* with every alias replaced by the employee id that *resolution* gives.

    Of a registration only `effective_from` stands on the log. The key is the subject without its prefix, so that
    everything about one person or unit lies in one partition.
    """
    plain = _without_personal_data(_resolved(event, resolution) if resolution else event)
    return LogRecord(plain.topic, plain.subject.partition(":")[2].encode(), orjson.dumps(plain.canonical()))


def _resolved(event: Event, resolution: Mapping[str, str]) -> Event:
    references = {name: getattr(event.data, name) for name in event.contract.employee_refs}
    replaced = {name: resolution[value] for name, value in references.items() if value in resolution}
    subject = resolution.get(event.subject)
    return event.with_data(
        event.data.model_copy(update=replaced), event.subject if subject is None else f"employee:{subject}"
    )


def _without_personal_data(event: Event) -> Event:
    if not isinstance(event.data, EmployeeRegistered):
        return event
    return event.with_data(EmployeeKnown(effective_from=event.data.effective_from), event.subject)
