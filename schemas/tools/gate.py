"""
Compares the contract with the one last released, `schemas/released/<version>`, and fails on what breaks it.

Run as `python -m schemas.tools.gate`. A change that breaks needs a new type, message or path beside the old one.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from schemas.tools.amendments import Amendment, load
from schemas.tools.compatibility import Break, Role, breaks
from schemas.tools.openapi import api_breaks

ROOT = Path(__file__).parents[1]
RELEASED = ROOT / "released"


def versions() -> list[str]:
    """Return the released versions, the newest last."""
    return sorted((path.name for path in RELEASED.iterdir() if path.is_dir()), key=_numbers)


def contract_breaks(old: Path, new: Path, amendments: Sequence[Amendment] = ()) -> Iterator[tuple[str, Break]]:
    """Yield what breaks between two folders laid out like `schemas`, but for *amendments*: the file, and what it is."""
    for path in sorted(old.glob("json/*.json")):
        yield from _compared(path, new / path.relative_to(old), Role.SENDERS, amendments)
    for path in sorted(old.glob("json/messages/*.json")):
        yield from _compared(path, new / path.relative_to(old), Role.READERS, amendments)
    for path in sorted(old.glob("openapi/*.json")):
        name = str(path.relative_to(old))
        there = new / name
        if not there.exists():
            yield name, Break("", "this interface is gone")
        else:
            yield from ((name, one) for one in api_breaks(_read(path), _read(there), amendments))
    if (old / "asyncapi.json").exists():
        topics = topic_breaks(_read(old / "asyncapi.json"), _read(new / "asyncapi.json"))
        yield from (("asyncapi.json", one) for one in topics)


def topic_breaks(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Break]:
    """Yield what changed about topics: names, partitions, settings, and messages that no longer come."""
    for name, channel in old["channels"].items():
        at, there = f"/channels/{name}", new["channels"].get(name)
        if there is None:
            yield Break(at, "this topic is gone")
            continue
        for message in channel["messages"]:
            if message not in there["messages"]:
                yield Break(f"{at}/messages/{message}", "this message no longer comes")
        kafka, other = channel["bindings"]["kafka"], there["bindings"]["kafka"]
        for key in ("partitions", "topicConfiguration"):
            if kafka[key] != other[key]:
                yield Break(f"{at}/{key}", f"changed from {kafka[key]} to {other[key]}")


def _compared(path: Path, there: Path, role: Role, amendments: Sequence[Amendment]) -> Iterator[tuple[str, Break]]:
    name = f"{path.parent.name}/{path.name}"
    if not there.exists():
        yield name, Break("", "this type is gone; what is on the log must stay readable")
        return
    yield from ((name, one) for one in breaks(_read(path), _read(there), role, amendments))


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def unkept(changelog: str) -> list[str]:
    """Return the versions that a changelog says are released and whose contract was not kept."""
    return [version for version in re.findall(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.M) if version not in versions()]


def main() -> int:
    """Compare with every release; return the exit code."""
    missing = unkept((ROOT.parent / "CHANGELOG.md").read_text("utf-8"))
    for version in missing:
        print(f"{version} is in the CHANGELOG but not in schemas/released: run schemas.tools.release", file=sys.stderr)
    found: list[str] = []
    for version in versions():
        amendments = load(version)
        broken = contract_breaks(RELEASED / version, ROOT, amendments)
        found += [f"{name} since {version}: {one}" for name, one in broken]
        found += [f"amendments.json since {version}: never met: {one.reason}" for one in amendments if not one.used]
    for line in dict.fromkeys(found):
        print(f"schemas/{line}", file=sys.stderr)
    if found:
        print("What was released may not break: add a new type (.v2) or path and keep the old one.", file=sys.stderr)
    return 1 if found or missing else 0


if __name__ == "__main__":
    sys.exit(main())
