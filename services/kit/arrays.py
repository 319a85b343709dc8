"""
Arrays as the texts that PostgreSQL reads as such, for parameters written `:names::text::text[]`.

The driver asks of every element whether it is an array itself, which costs more than all the rest of it.
"""

from collections.abc import Collection, Iterable


def texts(values: Collection[str]) -> str:
    """Return a `text[]`: each value quoted, so that none is null or space that is cut off."""
    if not values:
        return "{}"
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join(value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return '{"' + joined + '"}'


def numbers(values: Iterable[int]) -> str:
    """Return an array of whole numbers."""
    return "{" + ",".join(map(str, values)) + "}"
