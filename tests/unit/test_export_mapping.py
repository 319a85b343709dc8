"""The mapping of exports: read strictly, and every cell that cannot be filled says why."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from services.kit.errors import Unavailable, UserError
from services.scoring.exports.mapping import SiasnMapping, read_mapping
from services.scoring.exports.values import MORE, PERSON, Values

SHIPPED = read_mapping(None)
KNOWN: Values = {
    **dict.fromkeys((*PERSON, *MORE)),
    "employee": "E1",
    "rater": "E2",
    "hasil_kerja": "meets",
    "perilaku": "above",
    "predikat": "baik",
    "year": 2026,
    "rater_position": "Lurah",
    "rater_unit_name": "Padangsari",
    "state": "closed",
}
PEOPLE = {"E1": {"siasn_id": "A-1"}, "E2": {"nip": "19700101", "name": "Sri", "golongan": "III/d"}}


def mapping(tmp_path: Path, **changed: Any) -> SiasnMapping:
    """The shipped mapping with these members, read from a file."""
    document = SHIPPED.rules.model_dump(by_alias=True, exclude_none=True) | changed
    file = tmp_path / "siasn.yaml"
    with file.open("w", encoding="utf-8") as into:
        YAML(typ="safe").dump(document, into)
    return read_mapping(file)


def test_what_is_shipped_is_not_confirmed_and_has_the_columns_of_both_doors() -> None:
    """Codes that nobody has checked must not look as if somebody had."""
    assert not SHIPPED.rules.confirmed
    assert {each.column for each in SHIPPED.columns("skp22")} >= {"hasilKinerjaNilai", "kuadranKinerjaNilai", "tahun"}
    assert {each.column for each in SHIPPED.columns("kinerjaperiodik")} >= {"bulanMulaiPenilaian", "periodikId"}


def test_a_complete_row_is_mapped_to_codes() -> None:
    """Values through their tables, the list's words as they are, constants."""
    cells, missing = SHIPPED.cells("skp22", KNOWN, PEOPLE)

    assert missing == []
    assert dict(zip([each.column for each in SHIPPED.columns("skp22")], cells, strict=True)) == {
        "pnsDinilaiOrang": "A-1",
        "tahun": 2026,
        "hasilKinerjaNilai": 2,
        "perilakuKerjaNilai": 1,
        "kuadranKinerjaNilai": 2,
        "statusPenilai": "ASN",
        "penilaiNipNrp": "19700101",
        "penilaiNama": "Sri",
        "penilaiJabatan": "Lurah",
        "penilaiUnorNama": "Padangsari",
        "penilaiGolongan": "III/d",
    }


def test_every_cell_that_is_missing_or_unmapped_is_named_at_once() -> None:
    """A value that is not there, one without a code, a person without a row."""
    values = KNOWN | {"predikat": None, "state": "due", "hasil_kerja": "splendid"}
    _, missing = SHIPPED.cells("skp22", values, {"E2": PEOPLE["E2"]})

    assert {each.column: each.detail.partition(";")[0] for each in missing} == {
        "pnsDinilaiOrang": "employee.siasn_id is not known: the mapping names no list of people",
        "hasilKinerjaNilai": "the table levels has no code for 'splendid'",
        "kuadranKinerjaNilai": "there is no predikat",
    }


def test_what_is_not_required_may_be_missing_or_unmapped() -> None:
    """koefisienId of somebody without a jenjang, and of one whose table is empty."""
    for jenjang in (None, "pertama"):
        _, missing = SHIPPED.cells("kinerjaperiodik", KNOWN | {"jenjang": jenjang}, PEOPLE)
        assert "koefisienId" not in {each.column for each in missing}


def test_the_list_of_people_stands_beside_the_mapping(tmp_path: Path) -> None:
    """A CSV file; one that is away is told as that, not as missing people."""
    made = mapping(tmp_path, people={"file": "pegawai.csv", "key": "id"})
    with pytest.raises(Unavailable):
        made.people()
    (tmp_path / "pegawai.csv").write_text('\ufeffid,nip,name\r\nE1,1970,"Sri, S.H."\r\n', "utf-8")

    assert made.people()["E1"]["name"] == "Sri, S.H."
    _, missing = made.cells("skp22", KNOWN, made.people())
    assert "the list of people has no nip of E2" in {each.detail for each in missing}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"version": 0}, "/version"),
        ({"tables": {}}, "which is not there"),
        ({"exports": {"skp22": [{"column": "x", "from": "shoe_size"}], "kinerjaperiodik": []}}, "shoe_size"),
        ({"exports": {"skp22": [{"column": "=x", "constant": 1}], "kinerjaperiodik": []}}, "/exports/skp22/0/column"),
        ({"exports": {"skp22": [{"column": "x"}], "kinerjaperiodik": []}}, "either `from` or `constant`"),
        ({"more": 1}, "/more"),
    ],
)
def test_a_mapping_with_mistakes_is_refused_with_their_places(
    tmp_path: Path, changed: dict[str, Any], named: str
) -> None:
    """Before the first request, not with somebody's file."""
    with pytest.raises(UserError, match="KINERJA_SIASN") as refused:
        mapping(tmp_path, **changed)
    assert named in str(refused.value)


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(UserError, match=r"away\.yaml"):
        read_mapping(tmp_path / "away.yaml")
