"""
The environment of an instance: what is taken from whoever starts it, and what its processes are given.

An instance decides everything about itself. Its processes get a few pinned variables and what is meant for each; of the
caller's nothing reaches them, be it a proxy, a time zone, another database's address or a setting of another instance.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.dsn import Dsn
from services.kit.errors import UserError
from services.kit.kafka_address import FORM, KafkaAddress
from services.kit.settings import read_environment
from services.local.console import Say

PINNED = {
    "PATH": os.defpath,
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",  # Java takes file names in this encoding
    "TZ": "UTC",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUTF8": "1",
}
OF_THE_CALLER = frozenset({"KINERJA_KAFKA", "KINERJA_ADMIN_DSN", "KINERJA_CACHE_DIR", "KINERJA_TESTCONTAINERS"})
"""What `kinerja up` itself reads: where to find servers that run already, and where to keep downloads."""
KNOBS = "settings.env"
"""In the data folder: settings of the owner's own for the processes of the instance, lines NAME=value."""
MAIL = "KINERJA_SMTP_"


class GivenServers(BaseSettings):
    """The servers that run already; without them, or with an empty variable, an instance starts its own."""

    model_config = SettingsConfigDict(env_prefix="KINERJA_", frozen=True, extra="ignore", env_ignore_empty=True)

    kafka: KafkaAddress | None = Field(None, description=f"Where Kafka is, {FORM}; without it one is started.")
    admin_dsn: Dsn | None = Field(None, description="Superuser of a PostgreSQL; without it one is started.")


def given_servers() -> GivenServers:
    """Return the servers that the caller's environment names. Raises UserError when an address is not usable."""
    return read_environment(GivenServers)


def for_processes(home: Path) -> dict[str, str]:
    """What every process of the instance in the folder *home* is given; libraries look for their files there too."""
    return {**PINNED, "HOME": str(home)}


def ignored(environ: Mapping[str, str]) -> list[str]:
    """Return the settings in the caller's environment that no process of an instance is given."""
    return sorted(name for name in environ if name.startswith("KINERJA_") and name not in OF_THE_CALLER)


def print_ignored(environ: Mapping[str, str], knobs: Path, say: Say) -> None:
    """Say which settings of the caller do not count, and where they would."""
    if names := ignored(environ):
        say(f"not used, since an instance has its own settings: {', '.join(names)} (put them into {knobs} if you want)")


def read_knobs(path: Path) -> dict[str, str]:
    """
    Return the owner's own settings in the file *path*; none when there is no such file.

    Mail is a group: with KINERJA_SMTP_HOST all of it is theirs, without it all of it is the instance's own mailbox.

    Raises:
        UserError: the file cannot be read, has a line that is no setting, or only a part of the group.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as exc:
        raise UserError(f"The settings in {path} cannot be read: {exc}.") from exc
    knobs = dict(_knob(path, number, line) for number, line in enumerate(lines, 1) if _says_something(line))
    if strange := sorted(knobs.keys() - _settings()):
        raise UserError(f"{path} has {', '.join(strange)}, and no process has such a setting. Check the spelling.")
    parts = sorted(name for name in knobs if name.startswith(MAIL))
    if parts and f"{MAIL}HOST" not in parts:
        raise UserError(f"{path} has {', '.join(parts)} without {MAIL}HOST: name the relay too, or take them out.")
    return knobs


def _settings() -> set[str]:
    """The names of all settings of the processes of an instance."""
    from services.ingest.settings import IngestSettings
    from services.notifications.settings import NotificationsSettings
    from services.scoring.settings import ScoringSettings

    models = (IngestSettings, ScoringSettings, NotificationsSettings)
    return {f"KINERJA_{field}".upper() for model in models for field in model.model_fields}


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _knob(path: Path, number: int, line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals or not name.strip().startswith("KINERJA_"):
        raise UserError(f"Line {number} of {path} is no setting: write KINERJA_NAME=value.")
    return name.strip(), value.strip()
