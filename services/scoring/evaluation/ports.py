"""What the rules of an evaluation ask of the organisation and of its calendar."""

from datetime import date
from typing import Protocol


class Superiors(Protocol):
    """Who heads whom on a day; None is nobody, for whom HR stands in."""

    def head(self, unit: str, on: date) -> str | None:
        """Return who leads a unit."""

    def supervisor(self, person: str, on: date) -> str | None:
        """Return who supervises a person."""

    def first_head(self, unit: str, on: date, but: str | None = None) -> str | None:
        """Return the first head who is not *but* on the walk of a unit."""


class Calendar(Protocol):
    """Workdays of units, and days that have passed for them."""

    def after(self, unit: str, day: date, n: int) -> date | None:
        """Return the *n*-th workday of a unit after a day; None if there is none within ten years."""

    def has_passed(self, unit: str, day: date | None) -> bool:
        """Say whether a day not before it is closed for the unit; None never passes."""
