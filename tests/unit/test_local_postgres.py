"""How much of a machine's memory the local database takes, and how many connections it has."""

import pytest

from services.ingest.main import SPARE_CONNECTIONS
from services.ingest.settings import IngestSettings
from services.local.postgres import SETTINGS, memory_settings
from services.notifications.main import WORK_CONNECTIONS
from services.notifications.settings import NotificationsSettings
from services.scoring.main import API_RESERVE, WORKER_CONNECTIONS
from services.scoring.settings import ScoringSettings
from services.scoring.versions.command import CONNECTIONS as REBUILD_CONNECTIONS

RESERVE, CLOSER, FOR_THE_SUPERUSER = 1, 2, 3


@pytest.mark.parametrize(
    ("gibibytes", "buffers", "cache"),
    [(0.5, "128MB", "256MB"), (4, "512MB", "1024MB"), (8, "1024MB", "2048MB"), (64, "1024MB", "16384MB")],
)
def test_the_database_takes_a_bounded_share_of_the_memory(gibibytes: float, buffers: str, cache: str) -> None:
    """An eighth of its own, never more than 1 GB, so that ingest, scoring, notifications and Kafka have room too."""
    settings = memory_settings(round(gibibytes * 2**30))
    assert (settings["shared_buffers"], settings["effective_cache_size"]) == (buffers, cache)


def test_an_instance_with_all_connections_in_use_and_a_rebuild_leaves_the_database_some() -> None:
    """Whatever its defaults are, no process of an instance can be refused because the others are busy."""
    ingest, scoring = IngestSettings.model_fields, ScoringSettings.model_fields
    used = (
        ingest["ingest_writers"].default + SPARE_CONNECTIONS + ingest["ingest_readers"].default + RESERVE,
        scoring["scoring_readers"].default + API_RESERVE,
        WORKER_CONNECTIONS + RESERVE,
        NotificationsSettings.model_fields["notifications_readers"].default + WORK_CONNECTIONS + RESERVE,
        CLOSER,
        REBUILD_CONNECTIONS,
    )
    assert sum(used) <= (int(SETTINGS["max_connections"]) - FOR_THE_SUPERUSER) * 0.75
