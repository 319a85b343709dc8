"""Months, quarters and years, as the evaluation names them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.scoring.domain.days import ONE_DAY

Kind = Literal["month", "quarter", "year"]
_MONTHS: dict[Kind, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A month `2026-11`, a quarter `2026-Q4` or a year `2026`; *first* and *last* belong to it."""

    text: str
    kind: Kind
    first: date
    last: date

    @classmethod
    def of(cls, text: str) -> "Period":
        """Read a period that the contract's pattern has let through."""
        year, _, rest = text.partition("-")
        if not rest:
            return cls._from(text, "year", int(year), 1)
        if rest.startswith("Q"):
            return cls._from(text, "quarter", int(year), 3 * int(rest[1:]) - 2)
        return cls._from(text, "month", int(year), int(rest))

    @classmethod
    def _from(cls, text: str, kind: Kind, year: int, month: int) -> "Period":
        return cls(text, kind, date(year, month, 1), _first_of(year, month + _MONTHS[kind]) - ONE_DAY)

    @property
    def year(self) -> int:
        return self.first.year

    @property
    def previous(self) -> "Period":
        """The period of the same length before."""
        before = self.first - ONE_DAY
        if self.kind == "year":
            return Period.of(f"{before.year:04d}")
        if self.kind == "quarter":
            return Period.of(f"{before.year:04d}-Q{(before.month + 2) // 3}")
        return Period.of(f"{before.year:04d}-{before.month:02d}")

    @property
    def following(self) -> "Period":
        """The period of the same length after."""
        after = self.last + ONE_DAY
        quarter = f"{after.year:04d}-Q{(after.month + 2) // 3}"
        return Period.of({"year": f"{after.year:04d}", "quarter": quarter}.get(self.kind, f"{after:%Y-%m}"))

    @property
    def inside(self) -> tuple[str, ...]:
        """The shorter periods within it, as text: of a quarter its months, of a year its quarters and months."""
        months = [f"{self.year:04d}-{month:02d}" for month in range(self.first.month, self.last.month + 1)]
        if self.kind == "month":
            return ()
        quarters = [f"{self.year:04d}-Q{number}" for number in range(1, 5)] if self.kind == "year" else []
        return (*quarters, *months)

    def has(self, day: date) -> bool:
        """Say whether a day belongs to it."""
        return self.first <= day <= self.last


def _first_of(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
