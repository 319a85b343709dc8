"""How sure a figure is: Wilson's interval at z = 49/25 (95 %), in whole numbers, never too narrow."""

from math import isqrt
from typing import NamedTuple


class Kind(NamedTuple):
    """
    What of a measure counts as won and as possible.

    Of *n* tries with a *total*: j = total - *least* n won of c n possible; S units of the last digit, from O on.
    """

    least: int
    c: int
    s: int
    o: int
    digits: int


RATIO = Kind(0, 1, 10_000, 0, 4)
IKM = Kind(9, 27, 7_500, 2_500, 2)
"""Points won of possible; answers of one person are not independent, so it is never too narrow."""


def interval(kind: Kind, n: int, total: int) -> tuple[int, int]:
    """
    Return both ends in units of the last digit; *n* > 0.

    Examples: 19 of 20 -> 0.7639..0.9911; 0 of 5 -> 0.0000..0.4345; IKM of 40 answers with 1200 points -> 72.10..90.92.
    """
    j, c, s = total - kind.least * n, kind.c, kind.s
    a = (1250 * j + 2401 * c) * n
    e = (2401**2 * c**2 * n + 6_002_500 * j * (c * n - j)) * n
    q = c * n * (1250 * n + 4802)
    spread = 4 * s**2 * e
    low = kind.o + (2 * s * a + q - _ceil_sqrt(spread)) // (2 * q)
    high = kind.o + (2 * s * a + q + isqrt(spread)) // (2 * q)
    return low, high


def _ceil_sqrt(number: int) -> int:
    return 0 if number == 0 else isqrt(number - 1) + 1
