"""How much of a machine's memory the local database takes."""

import pytest

from services.local.postgres import memory_settings


@pytest.mark.parametrize(
    ("gibibytes", "buffers", "cache"),
    [(0.5, "128MB", "256MB"), (4, "512MB", "1024MB"), (8, "1024MB", "2048MB"), (64, "1024MB", "16384MB")],
)
def test_the_database_takes_a_bounded_share_of_the_memory(gibibytes: float, buffers: str, cache: str) -> None:
    """An eighth of its own, never more than 1 GB, so that ingest, scoring, notifications and Kafka have room too."""
    settings = memory_settings(round(gibibytes * 2**30))
    assert (settings["shared_buffers"], settings["effective_cache_size"]) == (buffers, cache)
