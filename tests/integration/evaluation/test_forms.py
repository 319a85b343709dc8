"""Forms for people: which one, what it says, and the same bytes of the same receipt."""

import json
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest

from services.local.servers import Servers
from services.scoring.forms.contents import contents, form_of
from services.scoring.forms.rendering import form
from services.scoring.forms.words import day, figure, period
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring
from tests.support.scorecards import WORKED, fold_all, receipt


@pytest.fixture(scope="module")
async def receipts(servers: Servers, template: str) -> AsyncIterator[dict[str, Any]]:
    """The receipts of the worked people for November."""
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await fold_all(opened, WORKED["events"])
        found = {each: await receipt(opened, f"employee:{each}", "2026-11") for each in ("E1001", "E1003")}
        yield json.loads(json.dumps(found))
        await opened.pool.close()


async def test_a_form_says_what_its_receipt_says(receipts: dict[str, Any]) -> None:
    """Targets, figures in percent with a comma, suggestions, the predikat with its reason, and what is disputed."""
    said = contents(receipts["E1001"], {"E1001": "Siti Rahmawati"})
    rows = {row["name"]: row for row in said["rows"]}

    assert (said["form"], said["period"]) == ("D.1.1", "November 2026")
    assert said["people"][0] == ["Pegawai yang dinilai", "Siti Rahmawati (E1001)"]
    assert (rows["surat"]["target"], rows["surat"]["realised"], rows["surat"]["score"]) == ("40", "36", "80,00")
    assert rows["data"]["score"] == "belum dilaporkan"
    assert rows["Layanan selesai dalam standar waktu"]["realised"] == "91,67 % (n = 12)"
    assert said["indices"][0] == ["Hasil kerja", "91,32", "di bawah ekspektasi"]
    assert said["predikat"]["predikat"] == "Baik"
    assert said["predikat"]["reason"] == "loket kekurangan orang sejak 9 November"
    assert any("disanggah" in note and "85,95" in note for note in said["notes"])


async def test_which_form_follows_from_the_evaluation(receipts: dict[str, Any]) -> None:
    """C.1 before anybody set a predikat, D.1.2 by the superior, D.1.3 with an objection."""
    card = receipts["E1001"]["receipt"]["card"]
    assert form_of(receipts["E1003"]["receipt"]["card"]) == "C.1"
    assert form_of(card) == "D.1.1"
    escalated, objected = deepcopy(card), deepcopy(card)
    escalated["evaluation"]["predikat"]["rater"] = "E900"
    objected["evaluation"]["state"] = "objected"
    assert (form_of(escalated), form_of(objected)) == ("D.1.2", "D.1.3")


async def test_a_form_is_one_page_of_pdf_and_the_same_bytes_every_time(receipts: dict[str, Any]) -> None:
    """Whatever names and reasons hold: they are text, never instructions."""
    strange = {"E1001": "#panic(1) *x* $y$ \\ `z` 李 é"}
    for each in receipts.values():
        made = form(each, strange)
        assert made.startswith(b"%PDF-")
        assert made == form(each, strange)
        assert form(each, strange, "png").startswith(b"\x89PNG")


def test_words_and_numbers() -> None:
    """As people write them."""
    assert [period(each) for each in ("2026-11", "2026-Q4", "2026")] == [
        "November 2026",
        "Triwulan IV 2026",
        "Tahun 2026",
    ]
    assert day("2026-12-03") == "3 Desember 2026"
    assert figure("attendance.presence", "0.9524") == "95,24 %"
    assert figure("attendance.presence", "1.0000") == "100,00 %"
    assert figure("attendance.late_minutes", "0.25") == "0,25 menit"
    assert figure("service.satisfaction", "83.33") == "83,33"
