"""What a token may be given leave to do beside sending events and reading: the vocabulary of `act` in access files."""

from enum import StrEnum


class Right(StrEnum):
    """One thing that changes something, each to be granted by its name."""

    TAKE_ALIASES = "aliases:take"
    """Register an employee under a NIP or badge that another employee's registration names: a badge handed over."""
    REPLAY = "dead-letters:replay"
    """Replay dead letters of other clients, by a token that may also see them; one's own need no right."""
    DISCARD = "parked:discard"
    """Discard a parked event for good, with a reason that is kept."""
    ACKNOWLEDGE = "alerts:acknowledge"
    """Note on an alert that somebody has seen it."""
    ACT = "alerts:act"
    """Record on an alert what help was agreed."""
    SET_PREFERENCES = "preferences:set"
    """Say how leaders want to be reached."""
