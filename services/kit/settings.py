"""Settings that every process shares. All come from the environment, prefix `KINERJA_`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ProcessSettings(BaseSettings):
    """What each process needs to know of its surroundings."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore")

    kafka: str = Field(description="Bootstrap servers, host:port[,host:port].")
    tokens_file: Path = Field(description="The access file: who may write and read what.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    session_timeout_ms: int = Field(30_000, description="Silence after which Kafka takes a consumer for dead.")
    drain_s: float = Field(10.0, description="Longest wait for work in flight at shutdown.")
