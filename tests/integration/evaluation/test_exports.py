"""Exports say what the cards say, row by row, and every row's receipt is in the book."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from openpyxl import load_workbook

from services.kit.access import EVERYTHING, Scope
from services.kit.errors import Refused
from services.local.servers import Servers
from services.scoring.evaluation.periods import Period
from services.scoring.exports.mapping import SiasnMapping, read_mapping
from services.scoring.exports.sheets import Format
from services.scoring.reading.answers import Answers, Unknown
from services.scoring.reading.exports import Export, ExportQuestion, Exports, NotCovered, Written
from services.scoring.receipts.signed import sha256_of
from tests.integration.conftest import role_dsn
from tests.support.databases import fresh_database
from tests.support.folding import Scoring
from tests.support.scorecards import WORKED, card, fold_all, receipt

TOP, PERIOD = "banyumanik", "2026-11"
SHIPPED = read_mapping(None)


@pytest.fixture(scope="module")
async def scoring(servers: Servers, template: str) -> AsyncIterator[Scoring]:
    """A scoring database with the worked events folded; E1001 is a `pertama`, whose unit has an odd name."""
    odd = {"u-padangsari": {"name": "=1+1"}, "a-E1001-2026-01-01": {"position": "pertama"}}
    events = [each | {"data": each["data"] | odd.get(each["id"], {})} for each in WORKED["events"]]
    async with fresh_database(servers.postgres.address, template) as admin:
        opened = await Scoring.open(role_dsn(admin, "scoring"))
        await fold_all(opened, events)
        yield opened
        await opened.pool.close()


async def export(
    scoring: Scoring,
    name: Export,
    kind: Format = "json",
    unit: str = TOP,
    period: str = PERIOD,
    scope: Scope = EVERYTHING,
    mapping: SiasnMapping = SHIPPED,
) -> tuple[Written, bytes]:
    """An export as the door makes it."""
    file = io.BytesIO()
    asked = ExportQuestion(name, unit, Period.of(period), kind, "hr", "planning")
    written = await Exports(Answers(scoring.pool), scoring.pool, mapping).write(asked, scope, file)
    return written, file.getvalue()


async def rows_of(scoring: Scoring, name: Export, **asked: Any) -> list[dict[str, Any]]:
    """The rows of an export in JSON."""
    found: list[dict[str, Any]] = json.loads((await export(scoring, name, **asked))[1])["rows"]
    return found


async def test_a_row_for_everybody_in_the_tree_says_what_their_card_says(scoring: Scoring) -> None:
    """Indices, suggestions, predikat, state; who moved to another unit of the tree stands there once."""
    rows = await rows_of(scoring, "scorecards")
    assert [row["employee"] for row in rows] == sorted({row["employee"] for row in rows})
    assert {"E1000", "E1001", "E1002", "E1003"} <= {row["employee"] for row in rows}
    for row in rows:
        found = await card(scoring, f"employee:{row['employee']}", PERIOD)
        predikat = found["evaluation"]["predikat"] or {}
        for group in ("hasil_kerja", "perilaku"):
            assert row[f"{group}_index"] == found["groups"][group]["index"]
            assert row[f"{group}_coverage"] == found["groups"][group]["coverage"]
            assert row[f"suggested_{group}"] == (found["suggested"][group] or {}).get("level")
            assert row[group] == predikat.get(group)
        assert (row["predikat"], row["rater"]) == (predikat.get("predikat"), predikat.get("rater"))
        assert (row["state"], row["evaluator"]) == (found["evaluation"]["state"], found["evaluation"]["evaluator"])
        assert (row["unit"], row["provisional"]) == (found["segments"][-1]["unit"], found["provisional"])


async def test_every_row_has_the_receipt_that_the_endpoint_gives_and_the_book_keeps(scoring: Scoring) -> None:
    """Of people and of units, at the same position."""
    for name, subject in (("scorecards", "employee"), ("unitcards", "unit")):
        for row in await rows_of(scoring, name):  # type: ignore[arg-type]
            code = row["employee" if subject == "employee" else "unit"]
            given = await receipt(scoring, f"{subject}:{code}", PERIOD)
            assert row["receipt"] == sha256_of(given["digests"])
            kept = await scoring.pool.fetchrow(
                "SELECT subject, period FROM receipt_given WHERE sha256 = $1", bytes.fromhex(row["receipt"])
            )
            assert kept is not None
            assert (kept["subject"], kept["period"]) == (f"{subject}:{code}", PERIOD)


async def test_a_row_for_every_unit_says_what_its_card_says(scoring: Scoring) -> None:
    """Index, capaian, targets and what of them was missed."""
    rows = {row["unit"]: row for row in await rows_of(scoring, "unitcards")}
    assert {TOP, "padangsari"} <= set(rows)
    for code, row in rows.items():
        found = await card(scoring, f"unit:{code}", PERIOD)
        assert row["hasil_kerja_index"] == found["groups"]["hasil_kerja"]["index"]
        assert row["capaian"] == (found["capaian"] or {}).get("capaian")
        assert {name: row[name] for name in found["missed"]} == found["missed"]
        assert row["state"] == ("provisional" if found["provisional"] else "final")


async def test_counts_of_few_people_are_for_who_may_see_everything(scoring: Scoring) -> None:
    """As on the cards: in a group of four one person's predikat shows."""
    everything = {row["unit"]: row for row in await rows_of(scoring, "unitcards")}
    limited = {row["unit"]: row for row in await rows_of(scoring, "unitcards", scope=Scope(("unit:*",)))}
    few = [
        unit for unit in everything if sum((await card(scoring, f"unit:{unit}", PERIOD))["evaluations"].values()) < 5
    ]

    assert few
    assert all(limited[unit]["people"] is None and limited[unit]["baik"] is None for unit in few)
    assert any(everything[unit]["people"] is not None for unit in few)


async def test_the_three_formats_say_the_same(scoring: Scoring) -> None:
    """But for the apostrophe of CSV before what a spreadsheet would work out."""
    rows = await rows_of(scoring, "scorecards")
    said = [["" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in r.values()] for r in rows]
    assert any("=1+1" in row for row in said)
    heading, *lines = csv.reader(io.StringIO((await export(scoring, "scorecards", "csv"))[1].decode(), newline=""))
    page = load_workbook(io.BytesIO((await export(scoring, "scorecards", "xlsx"))[1])).active
    assert page is not None
    title, *book = ([cell.value or "" for cell in row] for row in page.iter_rows())

    assert heading == title == list(rows[0])
    assert book == said
    assert lines == [["'=1+1" if cell == "=1+1" else cell for cell in row] for row in said]


async def test_angka_kredit_is_of_those_whose_position_is_a_jenjang(scoring: Scoring) -> None:
    """One month of baik as pertama: 1/12 x 12.5, written 1.04; no event says a jenjang otherwise."""
    rows = {row["employee"]: row for row in await rows_of(scoring, "scorecards")}

    assert (rows["E1001"]["predikat"], rows["E1001"]["jenjang"]) == ("baik", "pertama")
    assert rows["E1001"]["angka_kredit"] == "1.04"
    assert {row["angka_kredit"] for employee, row in rows.items() if employee != "E1001"} == {None}


async def test_cells_that_are_missing_refuse_the_file_and_keep_nothing(scoring: Scoring) -> None:
    """Every one by row and column, whose it is and why."""
    await scoring.pool.execute("TRUNCATE receipt_given, export_given")
    written, _ = await export(scoring, "kinerjaperiodik")
    employees = [row["employee"] for row in await rows_of(scoring, "scorecards")]
    found = {(each.row, each.missing.column): each for each in written.missing}

    assert written.count_missing == len(written.missing) == len(found)
    assert {each.subject for each in written.missing} == {f"employee:{each}" for each in employees}
    assert (
        found[employees.index("E1001") + 1, "periodikId"].missing.detail == "the table periodik has no code for 'month'"
    )
    assert (employees.index("E1001") + 1, "kuadranKinerjaNilai") not in found
    assert "the evaluation is" in found[employees.index("E1003") + 1, "kuadranKinerjaNilai"].missing.detail
    assert await scoring.pool.fetchval("SELECT count(*) FROM export_given WHERE export = 'kinerjaperiodik'") == 0


async def test_a_complete_mapping_gives_the_file_and_keeps_who_took_it(scoring: Scoring, tmp_path: Any) -> None:
    """Codes of tables, the list's words, the state and the receipt at the end of each row."""
    rules = SHIPPED.rules.model_dump(by_alias=True)
    rules["tables"]["periodik"] = {"month": "P-1"}
    rules["people"] = {"file": "pegawai.csv", "key": "employee"}
    columns = ("pnsDinilaiId", "tahun", "periodikId", "hasilKinerjaNilai", "angkaKredit", "penilaiNama")
    kept = [each for each in rules["exports"]["kinerjaperiodik"] if each["column"] in columns]
    rules["exports"]["kinerjaperiodik"] = [each | {"required": each["column"] == "periodikId"} for each in kept]
    (tmp_path / "siasn.yaml").write_text(json.dumps(rules), "utf-8")
    (tmp_path / "pegawai.csv").write_text("employee,siasn_id,name\nE1001,S-1,x\nE1000,S-0,@Sri\n", "utf-8")
    await scoring.pool.execute("TRUNCATE receipt_given, export_given")
    mapping = read_mapping(tmp_path / "siasn.yaml")
    written, content = await export(scoring, "kinerjaperiodik", "csv", unit="padangsari", mapping=mapping)
    rows = {row["pnsDinilaiId"]: row for row in csv.DictReader(io.StringIO(content.decode(), newline=""))}

    assert {name: rows["S-1"][name] for name in columns} == {
        "pnsDinilaiId": "S-1",
        "tahun": "2026",
        "periodikId": "P-1",
        "hasilKinerjaNilai": "2",
        "angkaKredit": "1.04",
        "penilaiNama": "'@Sri",
    }
    assert list(rows["S-1"])[-2:] == ["state", "receipt"]
    (taken,) = await scoring.pool.fetch("SELECT reader, export, unit, period, purpose, rows FROM export_given")
    assert tuple(taken) == ("hr", "kinerjaperiodik", "padangsari", PERIOD, "planning", written.rows)
    assert await scoring.pool.fetchval("SELECT count(*) FROM receipt_given") == written.rows


async def test_a_right_that_does_not_cover_all_gives_no_part_of_it(scoring: Scoring) -> None:
    """A file that is silently incomplete is wrong; a unit out of sight is not there."""
    with pytest.raises(NotCovered):
        await export(scoring, "scorecards", scope=Scope(("unit:*", "employee:E1001")))
    with pytest.raises(Unknown):
        await export(scoring, "scorecards", scope=Scope(("employee:*",)))
    with pytest.raises(Unknown):
        await export(scoring, "scorecards", unit="nowhere")


async def test_skp22_is_of_a_year(scoring: Scoring) -> None:
    """Another period names the parameter."""
    with pytest.raises(Refused, match="period"):
        await export(scoring, "skp22")
    assert (await export(scoring, "skp22", period="2026"))[0].rows > 0
