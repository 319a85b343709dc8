"""Settings of the ledger's tools; all from the environment, prefix `KINERJA_`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.dsn import Dsn
from services.kit.kafka_address import FORM, KafkaAddress


class KeySettings(BaseSettings):
    """Who signs; there is no default key."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore")

    ledger_key: Path | None = Field(None, description="File with the private key of seals (`kinerja ledger key`).")
    installation: str = Field("kinerja", description="The installation's name, written into seals.")


class LedgerSettings(KeySettings):
    """What is examined, and against what."""

    scoring_dsn: Dsn = Field(description="PostgreSQL address with the role `scoring`.")
    kafka: KafkaAddress | None = Field(None, description=f"Where Kafka is, {FORM}; without it the log is not compared.")
