"""
What is done about a failure: decided here and nowhere else.

| failure | disposition | a fold | work kept up | a request |
|---|---|---|---|---|
| `Fenced` | `LOOK_AGAIN` | asks the database where it is | tries again | - |
| `Unavailable`, `DATABASE_AWAY`, `LOG_AWAY` | `WAIT` | tries again; not ready if it lasts | tries again | 503 |
| `Malformed` | `SET_ASIDE` | keeps that record apart, before its transaction | - | - |
| `Refused` | `REJECT` | stands still | forgets what was refused | 422 |
| `UserError` | `END` | - | - | the process ends with its sentence |
| `LogTruncated`, `TooManyMalformed`, anything else | `STAND_STILL` | not ready, tries again | tries again, logs | 500 |

Nothing is ever skipped or set aside because work on it failed: what cannot be read is sorted out by decoding, and only
that. What leaves work that should go on for ever ends its process (`supervision.end_with`). What a mail relay says is
a channel's to judge, and what an item of a request lacks is a rejection, not a failure.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

import asyncpg
from aiokafka.errors import KafkaError

from services.kit.errors import Fenced, Malformed, Refused, Unavailable, UserError

DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver lost track of a connection that broke under it
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,  # connections, memory, disk
    asyncpg.PostgresSystemError,  # its disk does not answer
    asyncpg.InternalServerError,
    asyncpg.QueryCanceledError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    ConnectionError,
    TimeoutError,
    OSError,
)
"""What a database that is away, restarting, full or contended raises: the same may succeed later."""

LOG_AWAY = (KafkaError, TimeoutError, OSError)
"""What a broker that is away, or does not acknowledge, raises."""

_PASSING = frozenset({408, 429})


class Disposition(Enum):
    """What is done."""

    LOOK_AGAIN = auto()
    """Somebody else was there first: ask the database where it is and go on from there."""
    WAIT = auto()
    """A server is away or overloaded: the same may succeed in a moment."""
    SET_ASIDE = auto()
    """It can never be read: keep it apart with the reason, alone."""
    REJECT = auto()
    """A rule said no: whoever asked is told, and the same is not tried again."""
    STAND_STILL = auto()
    """Nobody foresaw this, or only people can mend it: try again, but say that nothing moves until it is mended."""
    END = auto()
    """The installation is not as it must be: end with a sentence for whoever started the process."""


def disposition_of(failure: BaseException) -> Disposition:
    """Return what is to be done about a failure."""
    match failure:
        case Fenced():
            return Disposition.LOOK_AGAIN
        case Malformed():
            return Disposition.SET_ASIDE
        case Refused():
            return Disposition.REJECT
        case UserError():
            return Disposition.END
    return Disposition.WAIT if is_away(failure) else Disposition.STAND_STILL


def is_away(failure: BaseException) -> bool:
    """Say whether a server is away or overloaded, in its driver's words or in ours."""
    return isinstance(failure, (Unavailable, *LOG_AWAY)) or is_database_away(failure)


def is_database_away(failure: BaseException) -> bool:
    """Tell a database that is away from a query that can never work, which drivers report as InterfaceError too."""
    return isinstance(failure, DATABASE_AWAY) and not isinstance(failure, ValueError)


def passes(status: int) -> bool:
    """
    Say whether what a service of ours answered with this status may be taken when it is sent again.

    Of a request or of one event: what is no fault of theirs.
    """
    return status in _PASSING or status >= 500


@contextmanager
def or_database_unavailable(said: str = "The database does not answer; try again.") -> Iterator[None]:
    """Raise Unavailable with these words in place of what a database that is away raises."""
    try:
        yield
    except DATABASE_AWAY as exc:
        if not is_database_away(exc):
            raise
        raise Unavailable(said) from exc


@contextmanager
def or_log_unavailable(said: str = "Kafka does not answer") -> Iterator[None]:
    """Raise Unavailable with these words, and the kind of error, in place of what a broker that is away raises."""
    try:
        yield
    except LOG_AWAY as exc:
        raise Unavailable(f"{said}: {type(exc).__name__}.") from exc
