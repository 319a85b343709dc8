"""Where the parts of a running instance are reached, as told to whoever started it and to other programs."""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from services.kit.errors import UserError


@dataclass(frozen=True, slots=True)
class Addresses:
    """
    Base URLs of the services, Kafka's `host:port` and how it is entered (mechanism, name, password; nothing where all
    are let in), the superuser's DSN, the folder of sent mails, tokens by holder.

    Holds secrets: never log it.
    """

    ingest: str
    scoring: str
    notifications: str
    kafka: str
    kafka_user: Mapping[str, str]
    postgres: str
    mail: str
    tokens: Mapping[str, str]


def as_json(addresses: Addresses, pids: Mapping[str, int]) -> str:
    """The content of the ready file; *pids* are those of the processes themselves, not of what watches over them."""
    return json.dumps({**asdict(addresses), "pids": dict(pids)}, indent=2) + "\n"


def write_private(path: Path, content: str) -> None:
    """
    Write a file for its owner's eyes only, in one step: readers see the old content or the new one, never a part.

    Raises:
        UserError: the file cannot be written there.
    """
    staging = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        staging.replace(path)
    except OSError as exc:
        with contextlib.suppress(OSError):
            staging.unlink()
        raise UserError(f"The file {path} cannot be written: {exc.strerror}.") from exc


def remove(path: Path) -> None:
    """Remove the file if it is there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as exc:
        raise UserError(f"The file {path} cannot be removed: {exc.strerror}.") from exc
