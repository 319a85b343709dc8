"""What `make setup` fetches is pinned, down to what fetches and builds: tomorrow's release changes nothing here."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXACT = re.compile(r"([A-Za-z0-9._-]+)==[0-9][0-9.]*")


def test_whatever_builds_the_package_has_an_exact_version() -> None:
    """The backend, and all that it brings with it."""
    backend = PROJECT["build-system"]["requires"]
    all_of_it = PROJECT["tool"]["uv"]["build-constraint-dependencies"]

    assert [wanted for wanted in (*backend, *all_of_it) if not EXACT.fullmatch(wanted)] == []
    assert set(backend) <= set(all_of_it)


def test_uv_itself_has_an_exact_version() -> None:
    """Wherever the Makefile fetches it; one that is on the machine already counts only if it is the same."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    fetched = re.findall(r"pip install .*?\suv(==[^\s;]+)?", makefile)

    assert re.search(r"^UV_VERSION := [0-9]+\.[0-9]+\.[0-9]+$", makefile, re.MULTILINE)
    assert len(fetched) >= 2
    assert set(fetched) == {"==$(UV_VERSION)"}
    assert "if ! is_pinned uv" in makefile


def test_the_callers_python_and_uv_do_not_reach_what_make_runs() -> None:
    """What would make them work somewhere else than in this folder is taken out; where packages come from is not."""
    elsewhere = dict.fromkeys(
        ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "UV_PROJECT_ENVIRONMENT"), "/elsewhere"
    )
    callers = os.environ | elsewhere | {"PIP_INDEX_URL": "https://mirror.example/simple"}
    done = subprocess.run(
        ["make", "--silent", "--eval=shown: ; @env", "shown"],
        cwd=ROOT,
        env={name: value for name, value in callers.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    shown = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    assert [name for name in elsewhere if name in shown] == []
    assert shown["PIP_INDEX_URL"] == "https://mirror.example/simple"
