"""What each failure means, row by row of the table in `services/kit/failures.py`."""

import ast
from pathlib import Path

import asyncpg
import pytest
from aiokafka.errors import CorruptRecordException, KafkaConnectionError

import services
from services.kit import failures
from services.kit.errors import Fenced, LogTruncated, Malformed, Refused, TooManyMalformed, Unavailable, UserError
from services.kit.failures import (
    Disposition,
    disposition_of,
    is_away,
    or_database_unavailable,
    or_log_unavailable,
    passes,
)
from services.kit.postgres import StatementFailed


@pytest.mark.parametrize(
    ("failure", "disposition"),
    [
        (Fenced(), Disposition.LOOK_AGAIN),
        (Unavailable("Ingest does not answer."), Disposition.WAIT),
        (asyncpg.ConnectionDoesNotExistError(), Disposition.WAIT),
        (
            asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
            Disposition.WAIT,
        ),
        (asyncpg.InterfaceError("connection is closed"), Disposition.WAIT),
        (asyncpg.DiskFullError(), Disposition.WAIT),
        (asyncpg.QueryCanceledError(), Disposition.WAIT),
        (asyncpg.DeadlockDetectedError(), Disposition.WAIT),
        (KafkaConnectionError(), Disposition.WAIT),
        (CorruptRecordException(), Disposition.WAIT),
        (ConnectionResetError(), Disposition.WAIT),
        (TimeoutError(), Disposition.WAIT),
        (Malformed("/unit: missing"), Disposition.SET_ASIDE),
        (Refused("to: must not be before from."), Disposition.REJECT),
        (UserError("The data was folded with 8 partitions."), Disposition.END),
        (LogTruncated("Kafka no longer holds what was folded.", ()), Disposition.STAND_STILL),
        (TooManyMalformed("200 of the last 1000 records cannot be read."), Disposition.STAND_STILL),
        (asyncpg.DataError("invalid input for query argument $1"), Disposition.STAND_STILL),
        (asyncpg.UndefinedFunctionError(), Disposition.STAND_STILL),
        (asyncpg.UniqueViolationError(), Disposition.STAND_STILL),
        (StatementFailed("DataError"), Disposition.STAND_STILL),
        (KeyError("a bug"), Disposition.STAND_STILL),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"), Disposition.STAND_STILL),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, BaseException) else given.name,
)
def test_every_failure_has_one_disposition(failure: Exception, disposition: Disposition) -> None:
    """What nobody foresaw stands still: it is never taken for a server that is away, or for a record's own fault."""
    assert disposition_of(failure) is disposition
    assert is_away(failure) == (disposition is Disposition.WAIT)


def test_a_server_that_is_away_is_unavailable_and_nothing_else_is() -> None:
    """In words that say what to do; a bug, and what the driver refuses by its value, stay what they are."""
    with pytest.raises(Unavailable, match=r"^The database does not answer; try again\.$"), or_database_unavailable():
        raise asyncpg.TooManyConnectionsError
    with pytest.raises(Unavailable, match=r"^Kafka does not answer: KafkaConnectionError\.$"), or_log_unavailable():
        raise KafkaConnectionError
    with pytest.raises(asyncpg.DataError), or_database_unavailable():
        raise asyncpg.DataError("invalid input for query argument $1")
    with pytest.raises(Unavailable, match="Kafka did not acknowledge"), or_database_unavailable():
        raise Unavailable("Kafka did not acknowledge.")
    with pytest.raises(KeyError), or_log_unavailable():
        raise KeyError


@pytest.mark.parametrize(("status", "later"), [(408, True), (429, True), (500, True), (503, True), (507, True)])
def test_what_a_service_of_ours_may_take_later_is_sent_again(status: int, later: bool) -> None:
    """Too busy, too slow, no room and its own troubles pass; what it says of the event itself does not."""
    assert passes(status) is later
    assert not any(passes(said) for said in (0, 400, 401, 403, 404, 409, 413, 415, 422))


def test_nobody_else_knows_which_errors_mean_that_a_server_is_away() -> None:
    """No other module names a driver's base error to catch it: what one would forget, another would not."""
    root = Path(services.__file__).parent
    caught = {
        (str(path.relative_to(root)), ast.unparse(name))
        for folder in ("kit", "ingest", "scoring", "notifications")
        for path in sorted((root / folder).rglob("*.py"))
        if path != Path(failures.__file__)
        for handler in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(handler, ast.ExceptHandler) and handler.type is not None
        for name in ast.walk(handler.type)
        if ast.unparse(name) in ("KafkaError", "asyncpg.InterfaceError", "asyncpg.PostgresConnectionError")
    }

    assert not caught
