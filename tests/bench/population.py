"""
The country that the measurements are made in: 5 million employees in 60,000 units, few of them large, most small.

Everything follows from the number of employees alone, so that a loader and a stream of events agree without talking.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import exp
from statistics import NormalDist

EMPLOYEES = 5_000_000
UNITS_PER_MILLION = 12_000
_CHILDREN = 20
"""Units directly below a unit: 60,000 units stand in a tree of five levels."""
_SPREAD = 1.1
"""Of the logarithm of unit sizes: the median unit has 45 people, the largest of 60,000 about 4,000."""
_SHUFFLE = 1_000_003
ZONES = ("Asia/Jakarta", "Asia/Jakarta", "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")


@dataclass(frozen=True, slots=True)
class Population:
    """Employees 0..n-1 in units 0..m-1; the people of a unit are a range. Unit 0 is the root."""

    employees: int
    bounds: tuple[int, ...]
    """Of unit i: its first employee; one more at the end."""

    @property
    def units(self) -> int:
        return len(self.bounds) - 1

    def unit_of(self, employee: int) -> int:
        return bisect_right(self.bounds, employee) - 1

    def members(self, unit: int) -> range:
        return range(self.bounds[unit], self.bounds[unit + 1])

    def units_of_about(self, people: int, count: int) -> list[int]:
        """Return the units without others below them whose number of people comes closest to *people*."""
        sizes = [last - first for first, last in pairwise(self.bounds)]
        leaves = range((self.units - 2) // _CHILDREN + 1, self.units) if self.units > 1 else range(1)
        return sorted(leaves, key=lambda unit: abs(sizes[unit] - people))[:count]


def populate(employees: int = EMPLOYEES) -> Population:
    """Return the population of so many employees; at the default, 60,000 units."""
    count = max(1, employees * UNITS_PER_MILLION // 1_000_000)
    normal = NormalDist(0, _SPREAD)
    weights = [exp(normal.inv_cdf((unit * _SHUFFLE % count + 0.5) / count)) for unit in range(count)]
    sums = list(accumulate(weights, initial=0.0))
    return Population(employees, tuple(round(part / sums[-1] * employees) for part in sums))


def parent_of(unit: int) -> int | None:
    """Return the unit above, None for the root."""
    return (unit - 1) // _CHILDREN if unit else None


def zone_of(unit: int) -> str:
    """Return the zone of a unit: that of the unit below the root to which it belongs."""
    while unit > _CHILDREN:
        unit = (unit - 1) // _CHILDREN
    return ZONES[unit % len(ZONES)]


def employee_id(employee: int) -> str:
    """Return the id under which the employee is registered: 17 -> E0000017."""
    return f"E{employee:07d}"


def unit_code(unit: int) -> str:
    """Return the code of the unit: 17 -> U00017."""
    return f"U{unit:05d}"
