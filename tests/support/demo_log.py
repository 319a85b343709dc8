"""The demonstration's upstream events as they would stand on the log: aliases replaced, personal data left out."""

from collections.abc import Iterable
from typing import Any

Event = dict[str, Any]


def on_the_log(sent: Iterable[Event]) -> list[Event]:
    """Return *sent* with ids for aliases; nobody of the demonstration ever changes a NIP or badge."""
    sent = list(sent)
    ids = {
        f"{alias['scheme']}:{alias['value']}": told["subject"].partition(":")[2]
        for told in sent
        if told["type"] == "employee.registered.v1"
        for alias in told["data"]["aliases"]
    }
    return [_resolved(told, ids) for told in sent]


def _resolved(told: Event, ids: dict[str, str]) -> Event:
    subject, data = told["subject"], told["data"]
    if subject in ids:
        subject = f"employee:{ids[subject]}"
    if data.get("employee") in ids:
        data = data | {"employee": ids[data["employee"]]}
    if told["type"] == "employee.registered.v1":
        data = {"effective_from": data["effective_from"]}
    return told | {"subject": subject, "data": data}
