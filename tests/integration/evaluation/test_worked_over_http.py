"""The worked example of the law through real servers: its events over HTTP, its cards from the read API."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.local.servers import Servers
from services.scoring.receipts.signed import sha256_of
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


async def test_an_export_over_http_says_what_the_cards_say(taken: tuple[Deployment, str]) -> None:
    """By right and purpose; each row's receipt can be asked for, and is given by the endpoint at the same position."""
    made, position = taken
    http = made.running["scoring"].http
    asked = {"unit": "banyumanik", "period": "2026-11", "at_least": position}
    answer = await http.get("/v1/exports/scorecards", params=asked | {"purpose": "audit"}, headers=_bearer(made, "hr"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="scorecards-banyumanik-2026-11.csv"'
    rows = {row["employee"]: row for row in csv.DictReader(io.StringIO(answer.text, newline=""))}
    for employee, row in rows.items():
        card = await http.get(
            f"/v1/employees/{employee}/scorecard", params={"period": "2026-11"}, headers=_bearer(made, "hr")
        )
        groups = card.json()["groups"]
        assert row["hasil_kerja_index"] == (groups["hasil_kerja"]["index"] or "")
        assert row["perilaku_coverage"] == (groups["perilaku"]["coverage"] or "")
        found = await http.get(f"/v1/receipts/{row['receipt']}", headers=_bearer(made, "hr"))
        assert found.json() == {"stale": False, "because": []}
    given = await http.get("/v1/employees/E1001/receipt", params={"period": "2026-11"}, headers=_bearer(made, "hr"))
    assert sha256_of(given.json()["digests"]) == rows["E1001"]["receipt"]


async def test_an_export_is_refused_by_right_by_purpose_and_by_cells(taken: tuple[Deployment, str]) -> None:
    """Who may only read takes nothing away; a file with a missing cell is none."""
    made, position = taken
    http = made.running["scoring"].http
    asked = {"unit": "banyumanik", "period": "2026", "at_least": position}

    async def refused(holder: str, export: str, **more: str) -> Any:
        answer = await http.get(f"/v1/exports/{export}", params=asked | more, headers=_bearer(made, holder))
        assert answer.headers["content-type"] == "application/problem+json"
        return answer

    assert (await refused("notifications", "scorecards", purpose="audit")).status_code == 403
    assert "/query/purpose" in (await refused("hr", "scorecards")).text
    assert (await refused("hr", "payroll", purpose="audit")).status_code == 422
    cells = (await refused("hr", "skp22", purpose="reporting")).json()
    assert cells["status"] == 422
    assert cells["missing"] == len(cells["errors"]) > 0
    assert {"row", "column", "subject", "pointer", "detail"} == set(cells["errors"][0])
    unknown = await http.get(f"/v1/receipts/{'0' * 64}", headers=_bearer(made, "hr"))
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")


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
