"""
What may be granted in access files: each right is an action on a resource, declared here once under its owner.

One file is read by every service, so each must tell a right of another from a misspelt one.
"""

from dataclasses import dataclass

READ = "read"


@dataclass(frozen=True, slots=True)
class Right:
    """An action on a resource; *limits* names what a grant of it may be limited by, for the owner asks for that."""

    action: str
    resource: str
    limits: frozenset[str] = frozenset()

    def __str__(self) -> str:
        """Return the name by which it is asked for and granted."""
        return f"{self.resource}:{self.action}"


_SUBJECT = frozenset({"subject"})

# ingest
SEND = Right("send", "events", frozenset({"source", "type", "subject"}))
"""Send events of a source and type, about somebody; in access files under `write`."""
READ_INGEST = Right(READ, "ingest")
"""See dead letters and what is parked, whoever sent it."""
READ_PEOPLE = Right(READ, "people", _SUBJECT)
"""See names."""
TAKE_ALIASES = Right("take", "aliases")
"""Register an employee under a NIP or badge that another employee's registration names: a badge handed over."""
REPLAY = Right("replay", "dead-letters")
"""Replay dead letters of other clients, by a token that may also see them; one's own need no right."""
DISCARD = Right("discard", "parked")
"""Discard a parked event for good, with a reason that is kept."""

# scoring
READ_SCORING = Right(READ, "scoring", _SUBJECT)
"""See figures, the events behind them, and whose figures changed."""

EXPORT = Right("export", "scoring", _SUBJECT)
"""Take figures of everybody in a tree of units away as one file: about its units, and about its people."""

# notifications
READ_NOTIFICATIONS = Right(READ, "notifications", _SUBJECT)
"""See alerts of units, the messages about them, and preferences of employees."""
ACKNOWLEDGE = Right("acknowledge", "alerts", _SUBJECT)
"""Note on an alert that somebody has seen it."""
ACT = Right("act", "alerts", _SUBJECT)
"""Record on an alert what help was agreed."""
SET_PREFERENCES = Right("set", "preferences", _SUBJECT)
"""Say how leaders want to be reached."""

READS = {right.resource: right for right in (READ_INGEST, READ_PEOPLE, READ_SCORING, READ_NOTIFICATIONS)}
"""What `read` gives, by the name it has there."""
ACTS = {str(right): right for right in (TAKE_ALIASES, REPLAY, DISCARD, EXPORT, ACKNOWLEDGE, ACT, SET_PREFERENCES)}
"""What `act` gives: each changes something or takes much away, and reading or sending gives none of them."""
