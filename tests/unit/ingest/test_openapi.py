"""What the interface says of itself."""

from pathlib import Path

from pydantic import SecretStr

from services.ingest.main import create_app
from services.ingest.settings import IngestSettings
from services.kit.access_format import Access

DSN = SecretStr("postgresql://u@x/y")
NOWHERE = Path("/nonexistent")
SETTINGS = IngestSettings(kafka="localhost:1", tokens_file=NOWHERE, ingest_sealed_key_file=NOWHERE, ingest_dsn=DSN)


def test_every_status_of_post_events_is_documented() -> None:
    """With its shape, and the three ways to send."""
    post = create_app(SETTINGS, Access(tokens=[])).openapi()["paths"]["/v1/events"]["post"]
    assert set(post["responses"]) == {"202", "400", "401", "403", "408", "413", "415", "422", "429", "503", "507"}
    assert set(post["requestBody"]["content"]) == {
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/json",
    }
    rejected = post["responses"]["422"]["content"]["application/problem+json"]["schema"]
    assert {"status", "detail", "results", "position"} <= set(rejected["properties"])
    assert "Retry-After" in post["responses"]["503"]["headers"]


def test_every_path_for_people_is_documented() -> None:
    """Health and metrics are not part of the interface."""
    assert set(create_app(SETTINGS, Access(tokens=[])).openapi()["paths"]) == {
        "/v1/events",
        "/v1/dead-letters",
        "/v1/dead-letters/{id}",
        "/v1/dead-letters/{id}/replay",
        "/v1/parked",
        "/v1/parked/{id}",
        "/v1/parked/{id}/discard",
        "/v1/people",
    }
