"""The command line: quick to start, and without stack traces for what the user can put right."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = ("asyncpg", "aiokafka", "fastapi", "faststream", "pydantic", "jgo", "psutil", "services.local")


def test_the_command_line_imports_no_service_until_one_is_called() -> None:
    """`kinerja --help` loads neither drivers nor frameworks, so one extra is enough to run one service."""
    code = f"import sys, services.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_missing_settings_are_named_without_a_stack_trace() -> None:
    """`kinerja migrate` without its settings ends with status 1 and says which to set."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("KINERJA_")}
    argv = [sys.executable, "-m", "services.cli", "migrate"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=bare)
    assert done.returncode == 1
    assert "KINERJA_ADMIN_DSN" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_no_command_foresaw_is_a_sentence_too(tmp_path: Path) -> None:
    """Whatever a command ends with, its user sees one line that says where the details are, and status 1."""
    code = "from services import cli; cli.app.command('fail')(lambda: 1 / 0); cli.main()"
    argv, odd = [sys.executable, "-c", code, "fail"], {"TMPDIR": str(tmp_path)}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=os.environ | odd)
    (details,) = tmp_path.glob("kinerja-*.log")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert str(details) in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "Traceback" in details.read_text()
