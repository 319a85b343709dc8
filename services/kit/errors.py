"""The ways in which something can fail, and the one for the person at the keyboard."""

from collections.abc import Collection, Hashable


class Refused(Exception):
    """A rule said no. Answered with 409 or 422, never retried."""


class Malformed(Exception):
    """It can never succeed: it goes to the dead letters with this reason."""


class Unavailable(Exception):
    """A server we need does not answer; the same may succeed later."""


class Fenced(Exception):
    """The database was not where this consumer believed: somebody else folded, or records were skipped."""


class LogTruncated(Exception):
    """Kafka no longer holds what was folded in *places*: acknowledged records are gone."""

    def __init__(self, said: str, places: Collection[Hashable]) -> None:
        super().__init__(said)
        self.places = frozenset(places)


class TooManyMalformed(Exception):
    """More of the log cannot be read than single faulty records would explain."""


class UserError(Exception):
    """A sentence for the person at the keyboard: what is wrong and how to mend it. Shown without a stack trace."""
