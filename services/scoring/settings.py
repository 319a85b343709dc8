"""Settings of scoring's processes; all from the environment, prefix `KINERJA_`."""

from pydantic import Field

from services.kit.settings import ProcessSettings


class ScoringSettings(ProcessSettings):
    """What the read API, the worker and the day closer need to know."""

    scoring_dsn: str = Field(description="PostgreSQL, as scoring's own role.")
    scoring_port: int = Field(8002, description="Port of the read API.")
    worker_port: int = Field(8012, description="Port of the worker's health and metrics.")
    worker_name: str = Field("scoring-worker-1", description="Static group member: unique, kept at restarts.")
    batch_records: int = Field(5_000, description="Most records in one fold transaction.")
    closer_port: int = Field(8022, description="Port of the day closer's health and metrics.")
    closer_token: str = Field("", description="The day closer's own token for ingest.")
    close_at: str = Field("03:00", description="When the day before is closed, wall time in Asia/Jakarta.")
    ingest_url: str = Field("http://127.0.0.1:8001", description="Where the day closer sends its events.")
    stream_every_ms: int = Field(250, description="Changes of one subject within this time are told once.")
    read_timeout_s: float = Field(10.0, description="Longest run of one read query.")
