"""
What is kept of a day, declared once: the columns of the projections, their order and their types follow from here.

Counters are sums of whole numbers, of one unit's own people and services or of one person; measures are made of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from operator import attrgetter

from services.scoring.projections.attendance.columns import ATTENDANCE
from services.scoring.projections.services.columns import CONTRIBUTED

UNIT_DAY = {"present": "int", **ATTENDANCE, "timed": "int", "on_time": "int", "late_minutes": "bigint"} | CONTRIBUTED
"""Of one unit-day. *present*: people; the others sum what is above."""


@dataclass(frozen=True, slots=True)
class Counters:
    """
    A day's counters. *heads*: expected if it is a workday; the rest as declared above.

    Workday, closing and the tree are applied where figures are read.
    """

    heads: int = 0
    present: int = 0
    timed: int = 0
    on_time: int = 0
    late_minutes: int = 0
    service_n: int = 0
    service_total: int = 0
    survey_n: int = 0
    survey_total: int = 0
    complaint_n: int = 0
    complaint_total: int = 0
    overdue: int = 0

    def with_heads(self, heads: int) -> "Counters":
        """Return the same with another number of heads."""
        return Counters(heads, *read_all(self)[1:])

    def __add__(self, other: "Counters") -> "Counters":
        return Counters.sum((self, other))

    @staticmethod
    def sum(counters: "Iterable[Counters]") -> "Counters":
        """Add any number of counters up."""
        return Counters(*map(sum, zip(*map(read_all, counters), strict=True)))


NAMES = tuple(field.name for field in fields(Counters))
read_all: Callable[[Counters], tuple[int, ...]] = attrgetter(*NAMES)
"""Return a day's counters in the order of NAMES."""
