"""The worked example of the law through real servers: its events over HTTP, its cards from the read API."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.local.servers import Servers
from tests.support.deployment import Deployment, Running, deployment
from tests.support.scorecards import WORKED

BATCH = "application/cloudevents-batch+json"


@pytest.fixture(scope="module")
async def taken(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Deployment, str]]:
    """Ingest, a worker and the read API with the worked events taken in, and up to where those stand on the log."""
    async with deployment(servers, tmp_path_factory.mktemp("worked")) as made:
        ingest = await made.start("ingest", ingest_ahead_days="3650")
        await made.start("scoring_worker")
        await made.start("scoring")
        sent = await ingest.http.post(
            "/v1/events", json=WORKED["events"], headers=_bearer(made, "source") | {"content-type": BATCH}
        )
        assert sent.status_code == 202, sent.text[:500]
        answer = sent.json()
        assert {result["status"] for result in answer["results"]} == {"accepted"}
        yield made, ",".join(f"{partition}:{offset}" for partition, offset in answer["position"].items())


def _bearer(made: Deployment, name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {made.around.credentials.tokens[name]}"}


@pytest.mark.parametrize("subject", WORKED["expected"])
async def test_the_worked_cards_over_http(taken: tuple[Deployment, str], subject: str) -> None:
    """Whoever writes reads what they wrote, field by field; coverage and position are the log's own."""
    made, position = taken
    expected: dict[str, Any] = WORKED["expected"][subject]["card"]
    kind, _, code = subject.partition(":")
    scoring: Running = made.running["scoring"]
    answer = await scoring.http.get(
        f"/v1/{kind}s/{code}/scorecard",
        params={"period": expected["period"], "at_least": position},
        headers=_bearer(made, "hr"),
    )
    assert answer.status_code == 200, answer.text
    card = answer.json()
    card["coverage"] = {}
    del card["position"]

    assert card == expected


async def test_a_card_that_cannot_be_made_says_which_parameter_to_mend(taken: tuple[Deployment, str]) -> None:
    """A segment that is not there or without a unit, a policy nobody knows, a period that is none."""
    made, position = taken
    scoring, bearer = made.running["scoring"], _bearer(made, "hr")

    async def detail(path: str, status: int) -> str:
        answer = await scoring.http.get(f"{path}&at_least={position}", headers=bearer)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        return str(answer.json())

    card = "/v1/employees/E1003/scorecard?period=2026-11"
    assert "segments 1 to 2" in await detail(f"{card}&segment=3", 422)
    assert "belonged to no unit" in await detail(f"{card}&segment=1", 422)
    assert "no policy has this hash" in await detail(f"{card}&policy={'0' * 64}", 422)
    assert "period" in await detail("/v1/employees/E1003/scorecard?period=2026-13", 422)
    assert "no employee" in await detail("/v1/employees/nobody/scorecard?period=2026-11", 404)
    assert "no unit" in await detail("/v1/units/nowhere/scorecard?period=2026-11", 404)


async def test_a_card_as_known_before_anything_came_is_empty(taken: tuple[Deployment, str]) -> None:
    """Zeros for who was not registered yet, and no components."""
    made, position = taken
    answer = await made.running["scoring"].http.get(
        f"/v1/employees/E1001/scorecard?period=2026-11&known_at=2020-01-01T00:00:00Z&at_least={position}",
        headers=_bearer(made, "hr"),
    )
    card = answer.json()
    assert answer.status_code == 200, card
    assert (card["known_at"], card["evaluation"]["state"]) == ("2020-01-01T00:00:00Z", "not_applicable")
    assert [each["unit"] for each in card["segments"]] == [None]
