"""The knobs of ingest, each an environment variable with the prefix `KINERJA_`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import Field

from services.ingest.quotas import Quotas
from services.kit.dsn import Dsn
from services.kit.settings import ProcessSettings


class IngestSettings(ProcessSettings):
    """What the ingest process reads from its environment."""

    ingest_dsn: Dsn = Field(description="PostgreSQL address with the role `ingest`.")
    ingest_sealed_key_file: Path = Field(
        description="The key of the sealed answers: 32 random bytes in base64, for this process alone, in no backup."
    )
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
    ingest_readers: int = Field(
        4, ge=1, description="Lists, letters and names read at once, beside the writers; one connection is for health."
    )
    ingest_group_items: int = Field(2_000, gt=0, description="Events of several requests in one transaction.")
    ingest_release_poll_s: float = Field(2.0, gt=0, description="Longest pause between looks for work left behind.")
    ingest_inbound: bool = Field(True, description="Whether to take what comes over kinerja.inbound.")
    ingest_inbound_group: str = Field("kinerja-ingest", min_length=1, description="Consumer group on kinerja.inbound.")
    ingest_inbound_records: int = Field(500, gt=0, description="Most records of kinerja.inbound taken at once.")
    ingest_directory: bool = Field(True, description="Whether to fold kinerja.directory, for what is judged by it.")
    ingest_directory_group: str = Field(
        "kinerja-ingest-directory", min_length=1, description="Consumer group on kinerja.directory."
    )
    ingest_member: str | None = Field(
        None, description="Name of this process in that group, its own; one started in its place goes on at once."
    )
    ingest_ahead_days: int = Field(
        1,
        ge=0,
        le=100_000,
        description="Longest time by which an event's `time` may lie ahead; more for histories to come.",
    )
    ingest_claim_days: int = Field(90, ge=1, description="Days an identity stays claimed; the journal dedupes beyond.")
    ingest_dead_letter_days: int = Field(90, ge=1, description="Days a dead letter is kept, replayed or not.")
    ingest_parked_days: int = Field(
        365, ge=1, description="Days an event waits for a registration; then it becomes a dead letter."
    )
    ingest_parked_limit: int = Field(
        100_000, ge=0, description="Most events of one client that wait; further ones are rejected with 507."
    )
    ingest_dead_letter_limit: int = Field(
        20_000, ge=0, description="Most dead letters of one client; what is rejected beyond gets 507 and is not kept."
    )
    ingest_identities_a_day: int = Field(
        20_000_000, ge=0, description="Most new events of one client on one day (Jakarta); further ones get 429."
    )

    def latest_time(self) -> datetime:
        """Return the latest `time` that an event taken at this moment may have."""
        return datetime.now(UTC) + timedelta(days=self.ingest_ahead_days)

    @property
    def quotas(self) -> Quotas:
        """How much of one client may lie here, and come on one day."""
        return Quotas(self.ingest_parked_limit, self.ingest_dead_letter_limit, self.ingest_identities_a_day)
