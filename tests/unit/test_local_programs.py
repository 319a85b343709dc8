"""What `kinerja up` tells the processes it starts."""

from collections import defaultdict
from pathlib import Path

from services.local.credentials import Credentials
from services.local.programs import Surroundings, services


def test_ingest_is_told_how_far_ahead_events_may_lie(tmp_path: Path) -> None:
    """`--ahead DAYS`, one day without it."""
    secrets: defaultdict[str, str] = defaultdict(str)
    around = Surroundings(tmp_path, defaultdict(int), Credentials("", secrets, secrets, ""), "", secrets)

    def told(programs: object) -> list[str]:
        assert isinstance(programs, tuple)
        return [
            program.command.env["KINERJA_INGEST_AHEAD_DAYS"] for program in programs if program.command.name == "ingest"
        ]

    assert told(services(around)) == ["1"]
    assert told(services(around, ahead_days=400)) == ["400"]
