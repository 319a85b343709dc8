"""Advisory locks are shared by everybody on a database: each has one meaning."""

import re
from pathlib import Path

from services.setup.locks import LOCKS

ROOT = Path(__file__).parents[2] / "services"
TAKEN = re.compile(r"pg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?\(((?:[^()]|\([^()]*\))*)\)")


def test_every_lock_that_is_taken_is_in_the_register_and_no_other() -> None:
    """A number taken for two things would make them wait for each other."""
    texts = [path.read_text("utf-8") for kind in ("*.sql", "*.py") for path in ROOT.rglob(kind)]
    assert {name for text in texts for name in TAKEN.findall(text)} == set(LOCKS)
