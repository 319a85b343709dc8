"""Settings of scoring's processes; all from the environment, prefix `KINERJA_`."""

from datetime import time
from pathlib import Path

from pydantic import Field, SecretStr

from services.kit.dsn import Dsn
from services.kit.settings import ProcessSettings


class ScoringSettings(ProcessSettings):
    """What the read API, the worker and the day closer need to know."""

    scoring_dsn: Dsn = Field(description="PostgreSQL address with the role `scoring`.")
    scoring_host: str = Field("127.0.0.1", description="Address of the read API.")
    scoring_port: int = Field(8002, ge=0, le=65535, description="Port of the read API.")
    worker_host: str = Field("127.0.0.1", description="Address of the worker's health and metrics.")
    worker_port: int = Field(8012, ge=0, le=65535, description="Port of the worker's health and metrics.")
    worker_name: str = Field("scoring-worker-1", description="Static group member: unique, kept at restarts.")
    worker_silence_s: float = Field(
        30.0,
        gt=0,
        description="Silence of a worker within a transaction, in seconds, after which it loses it and its locks.",
    )
    worker_transaction_s: float = Field(
        120.0, gt=0, description="Longest transaction of a worker, in seconds, whether it is silent or not."
    )
    batch_records: int = Field(2_500, gt=0, description="Most records in one fold transaction.")
    closer_host: str = Field("127.0.0.1", description="Address of the day closer's health and metrics.")
    closer_port: int = Field(8022, ge=0, le=65535, description="Port of the day closer's health and metrics.")
    closer_token: SecretStr = Field(SecretStr(""), description="The day closer's own token for ingest.")
    close_at: time = Field(time(3), description="When the day before is closed, wall time in Asia/Jakarta.")
    ingest_url: str = Field("http://127.0.0.1:8001", description="Where the day closer sends its events.")
    signing_keys: Path | None = Field(
        None, description="Folder of Ed25519 keys (PEM) that sign receipts; the last by name signs, all are published."
    )
    siasn: Path | None = Field(
        None, description="Mapping of exports to SIASN's columns and codes (YAML); without it the shipped one."
    )
    scoring_readers: int = Field(
        20, ge=1, description="Questions that the read API puts to the database at once; three connections come on top."
    )
    most_waiters: int = Field(500, ge=1, description="Requests that wait for `at_least` at once; further ones get 503.")
    stream_every_ms: int = Field(250, ge=0, description="Changes of one subject within this time are told once.")
    simulated_at_once: int = Field(
        5_000, ge=0, description="Cases of a simulation that is waited for; larger ones go on in the background."
    )
    read_timeout_s: float = Field(10.0, gt=0, description="Longest run of one read query.")
