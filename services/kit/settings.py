"""Settings that every process shares. All come from the environment or a file it names, prefix `KINERJA_`."""

import os
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.errors import UserError
from services.kit.kafka_address import FORM, KafkaAddress

SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def read_settings(kind: type[SettingsT]) -> SettingsT:
    """
    Read *kind* from the environment and, after it, from the file of lines NAME=value that KINERJA_ENV_FILE names.

    Raises UserError naming each variable that is missing or wrong.
    """
    file = os.environ.get("KINERJA_ENV_FILE")
    if file is not None and not Path(file).is_file():
        raise UserError(f"KINERJA_ENV_FILE names {file}, and there is no such file. Does `kinerja up` run?")
    return read_environment(kind, file)


def read_environment(kind: type[SettingsT], file: str | None = None) -> SettingsT:
    """Read *kind* from the environment and this file alone. Raises UserError as `read_settings` does."""
    try:
        return kind(_env_file=file)
    except ValidationError as exc:
        lines = [_complaint(kind, error) for error in exc.errors(include_input=False, include_url=False)]
        raise UserError("\n".join(lines)) from None


def _complaint(kind: type[BaseSettings], error: object) -> str:
    assert isinstance(error, dict)
    name = str(error["loc"][0])
    variable = f"{kind.model_config.get('env_prefix', '')}{name}".upper()
    field = kind.model_fields.get(name)
    meaning = f" {field.description}" if field and field.description else ""
    said = error["msg"].removeprefix("Value error, ")
    what = "is missing." if error["type"] == "missing" else f"is not usable: {said}."
    return f"{variable} {what}{meaning}"


class ProcessSettings(BaseSettings):
    """What each process needs to know of its surroundings."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore")

    kafka: KafkaAddress = Field(description=f"Where Kafka is, {FORM}.")
    tokens_file: Path = Field(description="The access file: who may write and read what.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    session_timeout_ms: int = Field(30_000, description="Silence after which Kafka takes a consumer for dead.")
    set_aside_share: float = Field(
        0.1, ge=0, le=1, description="Share of unreadable records above which folding stops instead of setting aside."
    )
    set_aside_window: int = Field(1_000, gt=0, description="Among how many of the latest records it is counted.")
    drain_s: float = Field(10.0, description="Longest wait for work in flight at shutdown.")
    http_head_bytes: int = Field(65_536, ge=1_024, description="Longest request line and headers of a request.")
    http_headers: int = Field(100, ge=10, description="Most headers of a request.")
    http_head_timeout_s: float = Field(10.0, gt=0, description="From a request's first byte to the end of its headers.")
    http_silent_s: float = Field(20.0, gt=0, description="Longest wait for a new connection's first byte.")
    http_idle_s: float = Field(
        75.0, gt=0, description="Longest wait for another request; longer than sources usually pause."
    )
    http_stalled_s: float = Field(
        30.0, gt=0, description="Time in which a body or an answer has to get on by 16 KiB, or to its end."
    )
    http_connections: int = Field(
        2_000, ge=1, description="Most connections at once; fewer where the limit of open files is low."
    )
