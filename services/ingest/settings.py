"""The knobs of ingest, each an environment variable with the prefix `KINERJA_`."""

from datetime import UTC, datetime, timedelta

from pydantic import Field, SecretStr

from services.kit.settings import ProcessSettings


class IngestSettings(ProcessSettings):
    """What the ingest process reads from its environment."""

    ingest_dsn: SecretStr = Field(description="PostgreSQL address with the role `ingest`.")
    ingest_host: str = Field("127.0.0.1", description="Address to listen on.")
    ingest_port: int = Field(8001, ge=0, le=65535, description="Port to listen on; 0 for any free one.")
    ingest_body_limit_bytes: int = Field(8_388_608, gt=0, description="Longest request body.")
    ingest_batch_limit: int = Field(10_000, gt=0, description="Most events in one request.")
    ingest_in_flight_bytes: int = Field(
        67_108_864, gt=0, description="Request bodies not answered yet, together; beyond it requests get 503."
    )
    ingest_working_bytes: int = Field(
        4_194_304, gt=0, description="Request bodies being decoded and stored at once; others wait for their turn."
    )
    ingest_body_timeout_s: float = Field(30.0, gt=0, description="Longest time for a client to send its body.")
    ingest_answer_within_s: float = Field(4.0, gt=0, description="From the whole body to the answer; then 503.")
    ingest_store_timeout_s: float = Field(3.0, gt=0, description="Longest statement in PostgreSQL.")
    ingest_ack_timeout_s: float = Field(3.5, gt=0, description="Longest wait for Kafka's acknowledgement.")
    ingest_writers: int = Field(2, ge=1, le=16, description="Transactions at a time.")
    ingest_group_items: int = Field(2_000, gt=0, description="Events of several requests in one transaction.")
    ingest_release_poll_s: float = Field(2.0, gt=0, description="Longest pause between looks for work left behind.")
    ingest_inbound: bool = Field(True, description="Whether to take what comes over kinerja.inbound.")
    ingest_inbound_group: str = Field("kinerja-ingest", min_length=1, description="Consumer group on kinerja.inbound.")
    ingest_inbound_records: int = Field(500, gt=0, description="Most records of kinerja.inbound taken at once.")
    ingest_ahead_days: int = Field(
        1,
        ge=0,
        le=100_000,
        description="Longest time by which an event's `time` may lie ahead; more for histories to come.",
    )
    ingest_claim_days: int = Field(90, ge=1, description="Days an identity stays claimed; the journal dedupes beyond.")

    def latest_time(self) -> datetime:
        """Return the latest `time` that an event taken at this moment may have."""
        return datetime.now(UTC) + timedelta(days=self.ingest_ahead_days)
