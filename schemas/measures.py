"""A measure on its way from the fold to a letter: one shape everywhere."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=2**62)]


@dataclass(frozen=True, slots=True)
class Measure:
    """
    *n* tries or parts and the *total* of what they came to, exact integers in minor units.

    Written as `{"n", "total"}`; a reader that decodes it is held to the bounds.
    """

    n: Count
    total: Count


MEASURES = (
    "attendance.presence",
    "attendance.punctuality",
    "attendance.late_minutes",
    "service.timeliness",
    "service.satisfaction",
    "complaint.timeliness",
)
"""Every measure's name, as the interfaces write it; what each is made of stands in scoring."""

NOTHING = Measure(0, 0)
