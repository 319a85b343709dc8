"""Whether the predikat of a group fit what its unit achieved (section 4, SE 3/2023)."""

from fractions import Fraction
from math import ceil, floor
from typing import Any

from tests.support.oracle_cards.arithmetic import Document, written

PREDIKAT = ("sangat_baik", "baik", "butuh_perbaikan", "kurang", "sangat_kurang")
RULES = ("at_most", "at_least", "exists", "peak")


def distribution(of: int, predikat: list[str], used: str | None, table: Document | None) -> dict[str, Any] | None:
    """The block `distribution`; None where the policy has no table."""
    if table is None:
        return None
    counts = {name: predikat.count(name) for name in PREDIKAT}
    rows = [row for row in table["rows"] if row["capaian"] == used]
    return {
        "of": of,
        "set": len(predikat),
        "counts": counts,
        "warnings": [warning(row, counts, table) for row in rows if warns(row, counts)],
    }


def rule(row: Document) -> str:
    """Which of the four rules a row has."""
    return next(each for each in RULES if row.get(each) is not None)


def warns(row: Document, counts: dict[str, int]) -> bool:
    """Whether the row warns; none while nobody has a predikat."""
    m, x = sum(counts.values()), sum(counts[name] for name in row["predikat"])
    if m == 0:
        return False
    if rule(row) == "at_most":
        return x > Fraction(row["at_most"]) * m
    if rule(row) == "at_least":
        return x < Fraction(row["at_least"]) * m
    if rule(row) == "exists":
        return x == 0
    return any(count > x for name, count in counts.items() if name not in row["predikat"])


def warning(row: Document, counts: dict[str, int], table: Document) -> dict[str, Any]:
    """What a warning says."""
    m, kind = sum(counts.values()), rule(row)
    bound = row[kind] if kind in ("at_most", "at_least") else None
    people = None
    if bound is not None:
        people = ceil(Fraction(bound) * m) if kind == "at_least" else floor(Fraction(bound) * m)
    return {
        "clause": row["clause"],
        "predikat": list(row["predikat"]),
        "rule": kind,
        "bound": None if bound is None else str(bound),
        "count": sum(counts[name] for name in row["predikat"]),
        "people": people,
        "small": written(Fraction(100, m), 2) if m < table["small_under"] else None,
    }
