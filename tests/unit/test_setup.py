"""What `make setup` fetches is pinned, down to what fetches and builds: tomorrow's release changes nothing here."""

import re
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
