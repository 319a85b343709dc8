"""What is done about a failure of work that goes on for ever: decided here and nowhere else."""

from enum import Enum, auto

from aiokafka.errors import KafkaError

from services.kit.errors import Fenced, Unavailable
from services.kit.postgres import is_gone


class Disposition(Enum):
    """What is done; nothing is ever skipped or set aside because work on it failed."""

    LOOK_AGAIN = auto()
    """Somebody else was there first: ask the database where it is and go on from there."""
    WAIT = auto()
    """A server is away or overloaded: the same may succeed in a moment."""
    STAND_STILL = auto()
    """Nobody foresaw this, or only people can mend it: try again, but say that nothing moves until it is mended."""


def disposition_of(failure: Exception) -> Disposition:
    """Return what is to be done about a failure. What cannot be read is no failure: decoding sorts it out before."""
    if isinstance(failure, Fenced):
        return Disposition.LOOK_AGAIN
    if isinstance(failure, (Unavailable, KafkaError)) or is_gone(failure):
        return Disposition.WAIT
    return Disposition.STAND_STILL
