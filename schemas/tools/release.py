"""
Keeps the contract as it is now under `schemas/released/<version of pyproject.toml>`, against which the gate compares.

Run as `python -m schemas.tools.release` when a version is released; what is kept is never overwritten.
"""

import shutil
import sys
from pathlib import Path

from schemas.tools.gate import RELEASED, ROOT
from schemas.tools.generate import out_of_date, version

_KEPT = ("json", "openapi", "examples", "asyncapi.json")


def keep(folder: Path) -> None:
    """Copy the contract into a new folder."""
    folder.mkdir(parents=True)
    for name in _KEPT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copyfile(source, folder / name)


def main() -> int:
    """Keep it; return the exit code."""
    folder = RELEASED / version()
    if folder.exists():
        print(f"{folder.name} is released already: raise the version in pyproject.toml first", file=sys.stderr)
        return 1
    if out_of_date():
        print("the generated files are stale: run `make schemas` first", file=sys.stderr)
        return 1
    keep(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
