"""Exact rationals as policies write them: an integer, or a text like "0.95" or "19/20"; never a float."""

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from schemas.fields import whole

Rational = int | str
"""A rational as it is spelled: spelling belongs to a policy's identity."""

_FORM = re.compile(r"-?[0-9]{1,9}([.][0-9]{1,6}|/[0-9]{1,9})?")
_LARGEST = 10**9
HOW = 'write an integer, or a text like "0.95" or "19/20": at most 9 digits before and 6 after the point'


def exact(spelled: Rational) -> Fraction:
    """Return the number that is spelled: "0.95" -> 19/20. What is spelled went through a policy's reading."""
    return Fraction(spelled)


def _spelled(value: Any) -> Any:
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f"{HOW}; in YAML, quote it" if isinstance(value, float) else HOW)
    if isinstance(value, int):
        if abs(value) >= _LARGEST:
            raise ValueError(HOW)
        return value
    if not _FORM.fullmatch(value):
        raise ValueError(HOW)
    if "/" in value and int(value.partition("/")[2]) == 0:
        raise ValueError("nothing can be divided by 0")
    return value


Q = Annotated[
    Rational,
    BeforeValidator(_spelled),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "exclusiveMinimum": -_LARGEST, "exclusiveMaximum": _LARGEST},
                {"type": "string", "pattern": f"^{_FORM.pattern}$", "not": {"pattern": "^-?[0-9]+/0+$"}},
            ]
        }
    ),
]
"""A rational of any size that can be spelled."""


def is_rational(value: Any) -> bool:
    """Say whether *value* spells a rational."""
    try:
        _spelled(value)
    except ValueError:
        return False
    return True


def bounded(low: str, high: str, *, without_low: bool = False, without_high: bool = False) -> AfterValidator:
    """Hold a rational between *low* and *high*, each included unless said otherwise."""
    least, most = Fraction(low), Fraction(high)

    def check(spelled: Rational) -> Rational:
        number = exact(spelled)
        if number < least or number > most or (without_low and number == least) or (without_high and number == most):
            above, below = "above" if without_low else "at least", "below" if without_high else "at most"
            raise ValueError(f"must be {above} {low} and {below} {high}")
        return spelled

    return AfterValidator(check)


def positive(spelled: Rational) -> Rational:
    """Refuse what is not above 0."""
    if exact(spelled) <= 0:
        raise ValueError("must be above 0")
    return spelled
