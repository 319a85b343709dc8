"""Failures of work done side by side."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.kit.errors import UserError


@contextmanager
def told_alone() -> Iterator[None]:
    """
    Raise the first UserError of a group on its own: a sentence for the user, not a stack trace.

    (`except*` cannot do it: what is raised inside it is wrapped in a group again.)
    """
    try:
        yield
    except BaseExceptionGroup as group:
        told = group.subgroup(UserError)
        if told is None:
            raise
        first: BaseException = told
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
