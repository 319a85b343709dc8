"""
Write the OpenAPI document of each service to `schemas/openapi/`; with `--check`, only say what is stale.

Run as `python -m services.local.openapi [--check]`. It is here because the schemas know no service.
"""

import json
import sys
from pathlib import Path

from fastapi import FastAPI
from pydantic import SecretStr

import schemas
from services.ingest.main import create_app as create_ingest
from services.ingest.settings import IngestSettings
from services.kit.access_format import Access
from services.notifications.main import create_app as create_notifications
from services.notifications.settings import NotificationsSettings
from services.scoring.main import create_api as create_scoring
from services.scoring.settings import ScoringSettings

FOLDER = Path(schemas.__file__).parent / "openapi"
_KAFKA, _DSN = "localhost:9092", SecretStr("postgresql://nobody@localhost/kinerja")
_TOKENS = _KEY = Path("/nonexistent")


def applications() -> dict[str, FastAPI]:
    """Return the services' applications by name; nothing is started, and no server is reached."""
    nobody = Access(tokens=[])
    return {
        "ingest": create_ingest(
            IngestSettings(kafka=_KAFKA, tokens_file=_TOKENS, ingest_dsn=_DSN, ingest_sealed_key_file=_KEY), nobody
        ),
        "scoring": create_scoring(ScoringSettings(kafka=_KAFKA, tokens_file=_TOKENS, scoring_dsn=_DSN), nobody),
        "notifications": create_notifications(
            NotificationsSettings(kafka=_KAFKA, tokens_file=_TOKENS, notifications_dsn=_DSN), nobody
        ),
    }


def documents() -> dict[Path, str]:
    """Return every document as it should stand in its file."""
    return {
        FOLDER / f"{name}.json": json.dumps(app.openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for name, app in applications().items()
    }


def main() -> int:
    """Write or check; return the exit code."""
    wanted = documents()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(
                f"schemas/openapi/{path.name} is stale: run `.venv/bin/python -m services.local.openapi`",
                file=sys.stderr,
            )
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(wanted[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
