"""Following a page of the documentation word by word: its indented lines in one shell, against a running instance."""

import asyncio
import os
import re
import sys
from pathlib import Path

from tests.support.instance import Instance

ROOT = Path(__file__).parents[2]


async def followed(guide: Path, instance: Instance, folder: Path) -> str:
    """Run every line of a guide in *folder*; return what it printed. A line that fails fails the test."""
    lines = _lines(guide)
    (folder / "schemas").symlink_to(ROOT / "schemas")
    ready = instance.ready
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "INGEST": ready["ingest"],
        "SCORING": ready["scoring"],
        "SENDER": ready["tokens"]["source"],
        "READER": ready["tokens"]["hr"],
        "no_proxy": "*",
    }
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", "set -euo pipefail\n" + "\n".join(lines)),
        env=environment,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = (await process.communicate())[0].decode()
    assert process.returncode == 0, printed
    return printed


def _lines(guide: Path) -> list[str]:
    return re.findall(r"^ {4}(.*)$", guide.read_text("utf-8"), re.MULTILINE)
