"""What was released stays: the gate finds no break, and golden events are accepted and read without fault."""

import json
from pathlib import Path

import orjson
import pytest

from schemas.event import read_event
from schemas.tools.amendments import load
from schemas.tools.gate import RELEASED, ROOT, contract_breaks, unkept, versions
from schemas.upcasting import newest
from services.scoring.domain.record import read_record
from tests.support.golden import let_in, released_history

CHANGELOG = "# Changelog\n\n## Unreleased\n\n## [99.0.0] - 2026-12-01\n\n## 0.1.0 - 2026-11-24\n"
EXAMPLES = sorted(RELEASED.glob("*/examples/*/*.json"))


@pytest.mark.parametrize("version", versions())
def test_nothing_released_is_broken(version: str) -> None:
    """Neither event, message, interface nor topic, but for what was changed on purpose."""
    assert [f"{name} {found}" for name, found in contract_breaks(RELEASED / version, ROOT, load(version))] == []


@pytest.mark.parametrize("version", versions())
def test_every_amendment_is_needed(version: str) -> None:
    """One that meets nothing any more would let through what nobody has thought of."""
    amendments = load(version)
    list(contract_breaks(RELEASED / version, ROOT, amendments))

    assert [one.reason for one in amendments if not one.used] == []
    for left_out in amendments:
        rest = [one for one in amendments if one is not left_out]
        assert list(contract_breaks(RELEASED / version, ROOT, rest)) != [], left_out.reason


def test_a_version_in_the_changelog_without_its_contract_is_noticed() -> None:
    """What is not kept could not be compared with."""
    assert unkept(CHANGELOG) == ["99.0.0"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parents[2].name}/{path.parent.name}/{path.stem}")
def test_every_released_example_is_still_accepted(path: Path) -> None:
    """As it was sent then, under the type it had then."""
    raw = json.loads(path.read_text("utf-8"))

    assert read_event(raw).type == path.parent.name
    assert read_record(0, 0, 0, orjson.dumps(let_in(raw))).fault is None


@pytest.mark.parametrize("version", versions())
def test_every_golden_event_on_the_log_is_read_without_fault(version: str) -> None:
    """And its type is, or is read as, one that exists."""
    history = released_history(version)
    current = {path.stem for path in (ROOT / "json").glob("*.json")}

    assert [read_record(0, off, 0, orjson.dumps(event)).fault for off, event in enumerate(history)] == [None] * len(
        history
    )
    assert {newest(event["type"]) for event in history} <= current
