"""Which errors of the database mean: try again."""

import asyncpg

from services.kit.postgres import is_gone


def test_a_connection_that_the_driver_lost_track_of_is_gone() -> None:
    """A server killed at the wrong moment leaves asyncpg between two states; that is no bug of ours, but a 503."""
    assert is_gone(asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"))


def test_a_wrong_argument_is_not_gone() -> None:
    """What the driver refuses because of its value can never succeed."""
    assert not is_gone(asyncpg.DataError("invalid input for query argument $1"))
