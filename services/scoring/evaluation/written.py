"""Figures as they are written: the one place where the evaluation rounds."""

from fractions import Fraction


def rounded(value: Fraction, digits: int) -> Fraction:
    """Return R_d(x) = floor(10^d x + 1/2) / 10^d: half up, also below zero."""
    tens = 10**digits
    return Fraction((value * tens + Fraction(1, 2)).__floor__(), tens)


def written(value: Fraction, digits: int) -> str:
    """
    Write a figure with always so many digits, rounded half up.

    Examples: -1/3 with 2 digits -> "-0.33"; 1/200 -> "0.01"; 90 -> "90.00".
    """
    return digits_of((rounded(value, digits) * 10**digits).numerator, digits)


def digits_of(units: int, digits: int) -> str:
    """Write a whole number of units of the last digit: 9132 with 2 digits -> "91.32"."""
    if digits == 0:
        return str(units)
    whole, rest = divmod(abs(units), 10**digits)
    return f"{'-' if units < 0 else ''}{whole}.{rest:0{digits}d}"
