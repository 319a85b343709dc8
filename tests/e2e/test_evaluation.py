"""An evaluation as the guide tells it, from target to objection, on a running instance."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.support.guides import ROOT, followed
from tests.support.instance import Instance, read


async def test_the_guide_can_be_followed_word_by_word(instance: Instance, tmp_path: Path) -> None:
    """Every line of docs/evaluation.md; the card then says what the page says."""
    printed = await followed(ROOT / "docs" / "evaluation.md", instance, tmp_path)
    assert '"status":"rejected"' not in printed
    assert (tmp_path / "hasil.txt").read_text().startswith("sha256 ")

    card = await _decided(instance)
    (target,) = [each for each in card["indicators"] if each["code"] == "skp-utama/surat"]
    assert target["target"]["achievement"] == "0.9000"
    evaluation = card["evaluation"]
    assert (evaluation["predikat"]["predikat"], evaluation["predikat"]["rater"]) == ("baik", "C900")
    assert evaluation["act"]["who"] == "C900"
    unit = await read(instance, "/v1/units/loket-contoh/scorecard", period="2026-10")
    assert unit["obstacles"] == [{"factor": "sdm", "missed": 1, "subjects": 1}]


async def _decided(instance: Instance) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            card = await read(instance, "/v1/employees/C101/scorecard", period="2026-10")
            if card["evaluation"]["state"] == "decided":
                return json.loads(json.dumps(card))  # type: ignore[no-any-return]
            await asyncio.sleep(0.05)
