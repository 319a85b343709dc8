"""What `kinerja up` tells the processes it starts."""

import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.rights import SEND
from services.cli import app
from services.ingest.admission import admit
from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.settings import IngestSettings
from services.kit.access import Grant, Principal
from services.kit.settings import read_environment
from services.local import up
from services.local.credentials import Credentials
from services.local.programs import Surroundings
from tests.support.event_builders import unit

ANYONE = Principal("anyone", (Grant(SEND, {"source": "*", "type": "*"}),))


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    """An instance's own decisions, none of which matter here."""
    secrets: defaultdict[str, str] = defaultdict(str)
    dsns = dict.fromkeys(("ingest", "scoring", "notifications"), "postgresql://u@h/d")
    return Surroundings(tmp_path, defaultdict(int), Credentials("", secrets, secrets, ""), "h:1", dsns)


def _ingest_of(monkeypatch: pytest.MonkeyPatch, around: Surroundings, *options: str) -> IngestSettings:
    """What ingest reads from the environment that `kinerja up` with these options gives it."""
    started: list[up.Parts] = []
    monkeypatch.setattr(up, "run", lambda _, parts: started.append(parts))
    app(["up", *options], standalone_mode=False)
    (told,) = (found.command.env for found in started[0].services(around) if found.name == "ingest")
    for name in [name for name in os.environ if name.startswith("KINERJA_")]:
        monkeypatch.delenv(name)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return read_environment(IngestSettings)


@pytest.mark.parametrize(
    ("options", "days", "outcome"),
    [
        ((), 0, Candidate),
        ((), 300, Rejection),
        (("--ahead", "301"), 300, Candidate),
        (("--ahead", "301"), 302, Rejection),
        (("--ahead", "0"), 1, Rejection),
    ],
)
def test_ahead_lets_in_what_lies_so_many_days_ahead(
    monkeypatch: pytest.MonkeyPatch, around: Surroundings, options: tuple[str, ...], days: int, outcome: type
) -> None:
    """From the command line to the door: `kinerja up --ahead 301` takes an event of 300 days ahead, `up` refuses it."""
    settings = _ingest_of(monkeypatch, around, *options)
    sent = unit("A", time=(datetime.now(UTC) + timedelta(days=days)).isoformat())
    found = admit(sent, ANYONE, settings.latest_time())
    assert isinstance(found, outcome)
    assert isinstance(found, Candidate) or [problem.pointer for problem in found.errors] == ["/time"]
