"""The frame around every process: sentences instead of stack traces."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.kit.errors import UserError
from services.kit.process import framed


def run(failure: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a framed process that ends with this statement."""
    imports = "from services.kit.errors import UserError\nfrom services.kit.process import framed"
    code = f"{imports}\nwith framed():\n {failure}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ | environment
    )


def test_what_nobody_foresaw_is_a_sentence_and_the_place_of_the_details(tmp_path: Path) -> None:
    """Status 1, one line, and a file that has the stack trace, for its owner only."""
    done = run("1 / 0", TMPDIR=str(tmp_path))
    (details,) = tmp_path.glob("kinerja-*.log")
    assert done.returncode == 1
    assert done.stderr == (
        "kinerja: This failed in a way that was not foreseen (ZeroDivisionError: division by zero). "
        f"The details are in {details}.\n"
    )
    assert "Traceback" in details.read_text()
    assert details.stat().st_mode & 0o777 == 0o600


def test_a_process_that_has_a_log_keeps_the_details_there(tmp_path: Path) -> None:
    """What runs as a service logs to standard output; nothing is left in the folder for temporary files."""
    done = run("from services.kit.logs import configure_logs; configure_logs('x'); 1 / 0", TMPDIR=str(tmp_path))
    assert '"event": "process.failed"' in done.stdout
    assert "ZeroDivisionError" in done.stdout
    assert "Traceback" not in done.stderr
    assert "The log has the details." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_users_own_error_is_said_alone_also_out_of_a_group() -> None:
    """Work done side by side fails as a group; what the user can put right is found in it."""
    done = run("raise ExceptionGroup('several', [ExceptionGroup('more', [UserError('Set X.')]), ValueError('y')])")
    assert (done.returncode, done.stderr) == (1, "kinerja: Set X.\n")


def test_a_terminal_without_our_characters_is_no_failure() -> None:
    """What it cannot show is replaced."""
    done = run("print('Penilaian \\u2013 selesai')", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert (done.returncode, done.stdout) == (0, "Penilaian ? selesai\n")


def test_variables_of_other_postgresql_clients_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A DSN is a whole address; PGPORT and PGSSLMODE of the shell would only alter it."""
    monkeypatch.setenv("PGPORT", "5432,5433")
    monkeypatch.setenv("PGSSLMODE", "require")
    with framed():
        assert not any(name.startswith("PG") for name in os.environ)


def test_a_failure_of_the_user_ends_with_status_one(capsys: pytest.CaptureFixture[str]) -> None:
    """In the process itself, too."""
    with pytest.raises(SystemExit, match="1"), framed():
        raise UserError("Name a file.")
    assert capsys.readouterr().err == "kinerja: Name a file.\n"
