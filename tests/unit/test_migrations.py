"""Which migrations are applied while processes of the version before still run."""

import pytest

from services.kit.errors import UserError
from services.kit.migrations import Stage, due

MISSING = ["0012_tables.sql", "0013_fill.after.sql"]


def test_what_only_the_new_version_can_live_with_waits() -> None:
    """Before the processes are replaced the tables come, afterwards what only the new ones keep right."""
    assert due(MISSING, Stage.BEFORE) == MISSING[:1]
    assert due(MISSING[1:], Stage.BEFORE) == []
    assert due(MISSING, Stage.ALL) == MISSING


def test_nothing_is_applied_ahead_of_what_an_earlier_version_left() -> None:
    """Two versions at once, without what the first needs afterwards, would change the order."""
    with pytest.raises(UserError, match=r"0013_fill\.after\.sql.*before 0014_more\.sql"):
        due([*MISSING, "0014_more.sql"], Stage.BEFORE)
