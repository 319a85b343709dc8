"""Comparing versions of the projections by the sums over their rows."""

from collections.abc import Mapping
from decimal import Decimal

from services.kit.postgres import Connection
from services.scoring.store import queries

Sums = Mapping[tuple[str, int], tuple[int, Decimal]]
"""Count of rows and sum of their hashes, by projection and partition; without rows there is none."""


async def kept(conn: Connection) -> Sums:
    """Return the sums as every transaction kept them."""
    return {(row["projection"], row["partition"]): (row["n"], row["total"]) for row in await queries.checksums(conn)}


async def counted(conn: Connection) -> Sums:
    """Return the sums counted from the rows now; reads every row."""
    return {
        (row["projection"], row["partition"]): (row["n"], row["total"]) for row in await queries.counted_checksums(conn)
    }


def differing(one: Sums, other: Sums) -> list[tuple[str, int, int, int]]:
    """Return projection, partition and both counts of rows wherever the sums differ."""
    nothing = (0, Decimal(0))
    return [
        (*key, one.get(key, nothing)[0], other.get(key, nothing)[0])
        for key in sorted(one.keys() | other.keys())
        if one.get(key, nothing) != other.get(key, nothing)
    ]
