"""Policies, from a proposal over HTTP to the list of what became of it; and the guide that tells people how."""

import asyncio
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.event_builders import unit, void
from tests.support.guides import ROOT, followed
from tests.support.instance import Instance, read, send
from tests.support.oracle import Event
from tests.support.policy_events import document, hash_of, proposed, published, shorter

GUIDE = ROOT / "docs" / "policies.md"
NOW = datetime.now(ZoneInfo("Asia/Jakarta"))
TIME, TODAY, TOMORROW = NOW.isoformat(), NOW.date(), NOW.date() + timedelta(days=1)
WHOLE = document(1, policy="aturan-e2e")
SHA256 = hash_of(WHOLE)


async def _sent(instance: Instance, *events: Event) -> str:
    answer = await send(instance, events)
    assert {each["status"] for each in answer["results"]} == {"accepted"}, answer
    return ",".join(f"{place}:{offset}" for place, offset in answer["position"].items())


async def _listed(instance: Instance, unit_code: str, **params: str) -> dict[str, tuple[str, str | None]]:
    """State, and why, of what was proposed or published for a unit, by event id."""
    rows = (await read(instance, "/v1/policies", **params))["policies"]
    return {
        (row["publication"] or row["proposal"])["id"]: (row["state"], row["why"])
        for row in rows
        if row["subject"] == f"unit:{unit_code}"
    }


async def _moment() -> str:
    """A moment after all that has come to the log, and before all that comes."""
    await asyncio.sleep(0.01)
    moment = datetime.now(UTC).isoformat()
    await asyncio.sleep(0.01)
    return moment


async def test_a_policy_is_proposed_by_one_and_published_by_another(instance: Instance) -> None:
    """What one person alone cannot do, what a void undoes, and what was known before."""
    code, since = "kebijakan-e2e", TOMORROW.isoformat()
    proposal = proposed(code, shorter(WHOLE), since, "E1", id="usul-e2e", time=TIME)
    first = await _sent(instance, unit(code), proposal)
    assert await _listed(instance, code, at_least=first) == {"usul-e2e": ("proposed", None)}
    before = await _moment()

    alone = published(proposal, SHA256, "E1", id="sendiri-e2e", time=TIME)
    refused = ("refused", "approver: E1 proposed it, and somebody else has to approve.")
    listed = await _listed(instance, code, at_least=await _sent(instance, alone))
    assert listed == {"usul-e2e": ("proposed", None), "sendiri-e2e": refused}

    together = published(proposal, SHA256, "E2", id="tetap-e2e", time=TIME)
    listed = await _listed(instance, code, at_least=await _sent(instance, together))
    assert listed == {"tetap-e2e": ("published", None), "sendiri-e2e": refused}
    after = await _moment()

    async with instance.client("scoring", "hr") as client:
        whole = await client.get(f"/v1/policies/{SHA256}")
    assert whole.json() == WHOLE
    assert hashlib.sha256(whole.content).hexdigest() == SHA256

    last = await _sent(instance, void(proposal))
    gone = ("refused", "proposal: hr usul-e2e was taken back.")
    assert await _listed(instance, code, at_least=last) == {"tetap-e2e": gone, "sendiri-e2e": gone}
    async with instance.client("scoring", "hr") as client:
        missing = await client.get(f"/v1/policies/{SHA256}")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")

    assert await _listed(instance, code, known_at=before) == {"usul-e2e": ("proposed", None)}
    assert (await _listed(instance, code, known_at=after))["tetap-e2e"] == ("published", None)


async def test_what_cannot_be_a_policy_is_refused_at_the_door(instance: Instance) -> None:
    """Below the document where it stands, all at once; and no publication reaches back."""
    code = "kebijakan-e2e-salah"
    wrong = document(2, policy="aturan-e2e") | {"min_coverage": "3/2"}
    wrong["indicators"][0]["clause"] = "nowhere"
    proposal = proposed(code, WHOLE, TODAY.isoformat(), id="usul-e2e-salah", time=TIME)
    events = [
        unit(code),
        proposed(code, wrong, TOMORROW.isoformat(), id="salah-e2e", time=TIME),
        proposal,
        published(proposal, SHA256, id="mundur-e2e", time=TIME),
    ]
    registered, wrong_one, right_one, late = (await send(instance, events))["results"]
    assert [each["status"] for each in (registered, wrong_one, right_one, late)] == [
        *("accepted", "rejected", "accepted", "rejected")
    ]
    assert _pointers(wrong_one) == ["/data/document/indicators/0/clause", "/data/document/min_coverage"]
    assert _pointers(late) == ["/data/effective_from"]


def _pointers(result: dict[str, Any]) -> list[str]:
    return sorted(each["pointer"] for each in result["problem"]["errors"])


async def test_the_guide_can_be_followed_word_by_word(instance: Instance, tmp_path: Path) -> None:
    """Every line of docs/policies.md, in one shell, does what the page says."""
    await _sent(instance, unit("dinkes"))
    printed = await followed(GUIDE, instance, tmp_path)
    found = re.search(r'\{"valid":true[^}]*\}', printed)
    assert found is not None, printed
    sound = json.loads(found[0])
    assert (sound["policy"], sound["name"]) == ("dinkes", "Aturan Dinas Kesehatan 2027")
    taken = re.findall(r'"status":"(\w+)"', printed)
    assert taken == ["accepted"] * 3

    async with asyncio.timeout(30):
        while (await _listed(instance, "dinkes")) != {"usul-2027": ("proposed", None)}:
            await asyncio.sleep(0.05)
    whole = await read(instance, f"/v1/policies/{sound['sha256']}")
    assert whole["clocks"]["contest"] == 3
