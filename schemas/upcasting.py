"""
Reads event data of an older version as the next: pure functions from dict to dict, chained by the type's suffix `.vN`.

They run where events are read and never where they are kept: the log and the journal hold for ever what was written.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Data = dict[str, Any]
Upcaster = Callable[[Data], Data]


class NotUpcastable(ValueError):
    """Old data that does not even keep to its own version."""


def successor(event_type: str) -> str:
    """Return the type's next version. Example: attendance.punched.v0 -> attendance.punched.v1"""
    stem, _, number = event_type.rpartition(".v")
    return f"{stem}.v{int(number) + 1}"


def _punched_v0(data: Data) -> Data:
    """The draft said `kind: masuk | keluar`, and had no word for a terminal that does not know."""
    data = dict(data)
    data["direction"] = {"masuk": "in", "keluar": "out"}[data.pop("kind")]
    return data


UPCASTERS: Mapping[str, Upcaster] = MappingProxyType({"attendance.punched.v0": _punched_v0})
"""By the type that a function reads; what it returns is data of the type's successor."""


def is_old(event_type: str) -> bool:
    """Say whether the type has a newer version as which it is read."""
    return event_type in UPCASTERS


def newest(event_type: str) -> str:
    """Return the type as which this one is read; itself, if it is no old one."""
    while event_type in UPCASTERS:
        event_type = successor(event_type)
    return event_type


def upcast(event_type: str, data: Data, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> tuple[str, Data]:
    """Return the newest type and the data as that type has it; *data* is left as it is. Raises NotUpcastable."""
    while (step := upcasters.get(event_type)) is not None:
        try:
            data = step(data)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise NotUpcastable(f"data is no {event_type}: {type(exc).__name__} {exc}") from exc
        event_type = successor(event_type)
    return event_type, data
