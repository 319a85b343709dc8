"""Policies: what is refused in them, all at once and where; what they are known by; on which line a mistake stands."""

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from schemas.measures import MEASURES
from schemas.policy.identity import document_of, sha256_of
from schemas.policy.refusals import InvalidPolicy, read_policy
from schemas.policy.shipped import DEFAULT, shipped
from schemas.policy.text import read_json, read_source
from services.scoring.domain.measures import OF_UNIT
from services.scoring.policies.command import as_json, validate

Document = dict[str, Any]
Change = Callable[[Document], object]

HASHES = {
    "permenpanrb-6-2022": "1fa498d1076f3bd7c006fcb166c507fdcf331440cd3fde1cfd89d381b21cd5cb",
    "pp-30-2019": "4f6a6ecabf5649e110f9eb1974f056c6c8934a87471e4eb1bf5910eb3bd726c8",
}
"""Of the released files: they never change."""


def _document(name: str = DEFAULT) -> Document:
    return copy.deepcopy(document_of(shipped()[name]))


def _refused(document: object) -> list[str]:
    with pytest.raises(InvalidPolicy) as refused:
        read_policy(document)
    return [problem.pointer for problem in refused.value.problems]


def _indicator(document: Document, code: str) -> Document:
    return next(each for each in document["indicators"] if each["code"] == code)


def _place(code: str) -> int:
    return [each["code"] for each in _document()["indicators"]].index(code)


SHIPPED = _document()
LAYANAN, KEPUASAN, PRESENCE = _place("layanan"), _place("kepuasan"), _place("kehadiran")
COMPLAINTS, UNIT = _place("unit-pengaduan"), _place("unit-layanan")


def test_the_shipped_policies_are_what_was_released() -> None:
    """Their names are for people, their hashes for the rest."""
    assert {name: sha256_of(policy) for name, policy in shipped().items()} == HASHES


def test_a_policy_names_the_measures_that_there_are() -> None:
    """The contract's list is the one that scoring measures by."""
    assert MEASURES == OF_UNIT


def test_defaults_and_nulls_do_not_change_what_a_policy_is_known_by() -> None:
    """Written out, left out or null: the same document; spelled otherwise, another."""
    document = _document()
    shorter = {**document, "feedback": {**document["feedback"]}, "pp30": None}
    del shorter["feedback"]["relations"]
    assert sha256_of(read_policy(shorter)) == HASHES[DEFAULT]
    assert sha256_of(read_policy({**document, "min_coverage": "2/4"})) != HASHES[DEFAULT]


def test_yaml_and_json_say_the_same() -> None:
    """A text in either is the same policy, also where YAML 1.1 would read a word as a truth."""
    said = json.dumps(_document()).encode()
    assert sha256_of(read_policy(read_source(said).document)) == HASHES[DEFAULT]
    assert sha256_of(read_policy(read_json(said))) == HASHES[DEFAULT]
    assert read_source(b"label: no\nother: 0x1f").document == {"label": "no", "other": 31}


def _set(*steps: Any, to: Any) -> Change:
    def change(document: Document) -> None:
        here: Any = document
        for step in steps[:-1]:
            here = here[step]
        here[steps[-1]] = to

    return change


def _without(*steps: Any) -> Change:
    def change(document: Document) -> None:
        here: Any = document
        for step in steps[:-1]:
            here = here[step]
        del here[steps[-1]]

    return change


def _both(*changes: Change) -> Change:
    return lambda document: [change(document) for change in changes]


BANDS = {"digits": 2, "rows": [{"from": 1, "label": "A"}]}
POINTS = ("indicators", LAYANAN, "scale", "points")
PP30 = {
    "enabled": True,
    "without": {"skp": 70, "perilaku": 30, "clause": "iki"},
    "with": {"skp": 60, "perilaku": 40, "clause": "iki"},
    "behaviour": {"rater": 60, "others": 40, "clause": "iki"},
    "points": {"below": 60, "meets": 100, "above": 115, "clause": "iki"},
    "categories": {"clause": "iki", "rows": [{"from": 110, "label": "a"}, {"from": 90, "label": "b"}]},
}


def _pp30(*steps: Any, to: Any) -> Change:
    return _both(_set("pp30", to=copy.deepcopy(PP30)), _set("pp30", *steps, to=to))


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        (_without("clocks"), ["/clocks"]),
        (_without("clocks", "contest"), ["/clocks/contest"]),
        (_set("colour", to="red"), ["/colour"]),
        (_set("version", to=0), ["/version"]),
        (_set("version", to="1"), ["/version"]),
        (_set("policy", to="..."), ["/policy"]),
        (_set("min_coverage", to=0.5), ["/min_coverage"]),
        (_set("min_coverage", to="0"), ["/min_coverage"]),
        (_set("min_coverage", to="3/2"), ["/min_coverage"]),
        (_set("min_coverage", to="1/0"), ["/min_coverage"]),
        (_set("min_coverage", to=True), ["/min_coverage"]),
        (_set("suggestion", "most", to="0.4"), ["/suggestion/most"]),
        (_set("suggestion", "most", to=1), ["/suggestion/most"]),
        (_set("suggestion", "small_part", to="1/2"), ["/suggestion/small_part"]),
        (_set("suggestion", "levels", "above", to=90), ["/suggestion/levels/above"]),
        (_set("suggestion", "clauses", "head", to="nobody"), ["/suggestion/clauses/head"]),
        (_set("clocks", "contest_clause", to="nobody"), ["/clocks/contest_clause"]),
        (_set("clauses", 1, "id", to="matrix"), ["/clauses/1/id", "/suggestion/clauses/above"]),
        (_set("indicators", 1, "code", to="skp-utama"), ["/indicators/1/code"]),
        (_set("indicators", 1, "clause", to="nobody"), ["/indicators/1/clause"]),
        (
            _set("indicators", LAYANAN, "source", to={"measure": "service.speed"}),
            [f"/indicators/{LAYANAN}/source/measure"],
        ),
        (_set("indicators", LAYANAN, "source", to={}), [f"/indicators/{LAYANAN}/source"]),
        (_set("indicators", 1, "group", to="utama"), ["/indicators/1/source/result"]),
        (_set("indicators", 0, "group", to="perilaku"), ["/indicators", "/indicators/0/for", "/indicators/0/group"]),
        (_set("indicators", COMPLAINTS, "for", to="both"), [f"/indicators/{COMPLAINTS}/for"]),
        (_set("indicators", PRESENCE, "for", to="both"), [f"/indicators/{PRESENCE}/for"]),
        (_without("indicators", LAYANAN, "direction"), [f"/indicators/{LAYANAN}/direction"]),
        (_without("indicators", LAYANAN, "min_n"), [f"/indicators/{LAYANAN}/min_n"]),
        (_set("indicators", 0, "min_n", to=3), ["/indicators/0/min_n"]),
        (_set("indicators", 0, "direction", to="higher"), ["/indicators/0/direction"]),
        (_set("indicators", 0, "optional", to=True), ["/indicators/0/optional"]),
        (
            _set("indicators", 0, "bands", to={"digits": 2, "rows": [{"from": 1, "label": "A"}]}),
            ["/indicators/0/bands"],
        ),
        (_set("indicators", UNIT, "employees", to=["E1"]), [f"/indicators/{UNIT}/employees"]),
        (_set("indicators", LAYANAN, "value", to="loyal"), [f"/indicators/{LAYANAN}/value"]),
        (_set(*POINTS, 2, 0, to="0.60"), [f"/indicators/{LAYANAN}/scale/points/2/0"]),
        (_set(*POINTS, 2, 1, to=49), [f"/indicators/{LAYANAN}/scale/points/2/1"]),
        (_set(*POINTS, 5, 1, to=121), [f"/indicators/{LAYANAN}/scale/points/5/1"]),
        (_set(*POINTS, 2, to=[1]), [f"/indicators/{LAYANAN}/scale/points/2"]),
        (
            _set("indicators", LAYANAN, "direction", to="lower"),
            [f"/indicators/{LAYANAN}/scale/points/{n}/1" for n in range(1, 6)],
        ),
        (
            _set("indicators", KEPUASAN, "bands", "rows", 1, "from", to=90),
            [f"/indicators/{KEPUASAN}/bands/rows/1/from"],
        ),
        (_set("indicators", LAYANAN, "weight", to=0), [f"/indicators/{LAYANAN}/weight"]),
        (_set("indicators", LAYANAN, "scale", "grid", to=0), [f"/indicators/{LAYANAN}/scale/grid"]),
        (_set("distribution", "rows", 0, "peak", to=True), ["/distribution/rows/0"]),
        (_without("distribution", "rows", 0, "at_most"), ["/distribution/rows/0"]),
        (_set("distribution", "rows", 7, "at_least", to="0.95"), ["/distribution/rows/8"]),
        (_set("lateness", "bands", 1, "from", to=1), ["/lateness/bands/1/from"]),
        (_set("absence", "steps", 1, "from", to=2), ["/absence/steps/1/from"]),
        (_set("angka_kredit", "percent", to={"bagus": 1}), ["/angka_kredit/percent/bagus"]),
        (_set("angka_kredit", "coefficient", "muda", to=2.5), ["/angka_kredit/coefficient/muda"]),
        (_pp30("without", "skp", to=71), ["/pp30/without"]),
        (_pp30("with", "perilaku", to=41), ["/pp30/with"]),
        (_pp30("behaviour", "rater", to=61), ["/pp30/behaviour"]),
        (_pp30("categories", "rows", 1, "from", to=110), ["/pp30/categories/rows/1/from"]),
    ],
)
def test_a_mistake_is_told_where_it_stands(change: Change, pointers: list[str]) -> None:
    """One change of the shipped policy, and the pointers that name it."""
    document = _document()
    change(document)
    assert _refused(document) == sorted(pointers)


@pytest.mark.parametrize(("whose", "reasons"), [("unit", ["person"]), ("person", ["unit"])])
def test_a_card_without_data_is_refused(whose: str, reasons: list[str]) -> None:
    """A policy by which nobody of a kind has a main result, or nobody behaviour."""
    document = _document()
    document["indicators"] = [
        {**each, "for": whose} for each in document["indicators"] if each["code"] in ("skp-utama", "skp-tambahan")
    ] + [each for each in document["indicators"] if each["group"] == "perilaku"]
    with pytest.raises(InvalidPolicy) as refused:
        read_policy(document)
    assert [problem.pointer for problem in refused.value.problems] == ["/indicators"]
    assert reasons[0] in refused.value.problems[0].detail


def test_everything_is_told_at_once() -> None:
    """A field that is missing hides neither a clause that is not there nor points that fall."""
    document = _document()
    del document["clocks"]
    document["suggestion"]["clauses"]["head"] = "nobody"
    _indicator(document, "layanan")["scale"]["points"][2][1] = 49
    assert _refused(document) == ["/clocks", f"/indicators/{LAYANAN}/scale/points/2/1", "/suggestion/clauses/head"]


@pytest.mark.parametrize("document", [None, [], "policy", 3, {}, {"indicators": {}, "clauses": 7, "pp30": []}])
def test_what_is_no_policy_at_all_is_refused(document: object) -> None:
    """Of any shape, without a failure of ours."""
    assert _refused(document)


def test_a_mistake_has_its_line() -> None:
    """Of a field that is missing, the line of what lacks it."""
    source = read_source(b"policy: a\nclocks:\n  evaluation: 10\nindicators:\n  - code: x\n    name: y\n")
    assert source.line_of("/indicators/0/name") == 6
    assert source.line_of("/indicators/0/weight") == 5
    assert source.line_of("/clocks/contest") == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: 1\na: 2", "line 2"),
        (b"a: [1\nb: 2", "line"),
        (b"\xff\xfe\xff", "neither"),
        (b"a: !!python/object:os.system {}", "line 1"),
        (b"- " * 100_000, "too deep"),
        (b"x" * 1_000_001, "1000000"),
        (b"a: 1\nb: !!bool perhaps", "neither"),
        (b"a: 1\nb: !!set {x}", "line 2: !!set"),
        (b"a: 1\n[b, c]: 2", "line 2: a key"),
        (b"a: 1\n<<: {b: 2}", "line 2: !!merge"),
        (b'a: 1\nb: "\\ud800"', "line 2: has half"),
        (b"a: &a [*a]", "too deep"),
    ],
)
def test_a_text_that_is_none_is_refused_with_its_line(text: bytes, said: str) -> None:
    """Twice the same key, what is cut off, foreign bytes, foreign tags, endless depth."""
    with pytest.raises(InvalidPolicy) as refused:
        read_source(text)
    assert said in str(refused.value)


def test_what_is_written_once_and_meant_in_many_places_has_an_end() -> None:
    """Nine aliases of nine aliases, and so on: a few lines that would fill any memory."""
    lines = ["a0: &a0 [0]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    with pytest.raises(InvalidPolicy, match="aliases"):
        read_source("\n".join(lines).encode())


def test_dates_and_keys_of_yaml_are_texts() -> None:
    """As YAML 1.2 has it, whatever they look like."""
    assert read_source(b"2026: 2026-01-01\nnull: 2026-13-45").document == {"2026": "2026-01-01", "null": "2026-13-45"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"a":\n1,}', "line 2"),
        (b'{"a": NaN}', "line 1"),
        (b'{"a": 1e999}', "line 1"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b"\xff", "UTF-8"),
        (b"[" * 100_000, "depth"),
        (b"[" * 900 + b"]" * 900, "too deep"),
        (b"", "empty"),
    ],
)
def test_a_text_that_is_no_json_is_refused(text: bytes, said: str) -> None:
    """With its line where that helps, and never by a failure of ours."""
    with pytest.raises(InvalidPolicy, match=said):
        read_policy(read_json(text))


def test_a_clerk_is_told_every_mistake_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the file; a sound one by its name and hash."""
    sound = (files("schemas") / "policies" / f"{DEFAULT}.yaml").read_text("utf-8")
    file = tmp_path / "kebijakan.yaml"
    file.write_text(sound, "utf-8")
    assert validate(file) == 0
    assert HASHES[DEFAULT] in capsys.readouterr().out
    assert as_json(file) == 0
    assert sha256_of(read_policy(read_json(capsys.readouterr().out.encode()))) == HASHES[DEFAULT]

    file.write_text(sound.replace("evaluation: 10", "evaluation: 61").replace("levels: tingkat", "levels: x"), "utf-8")
    assert validate(file) == 1
    first, second, verdict = capsys.readouterr().out.splitlines()
    lines = sound.splitlines()
    assert first.startswith(f"{file}:{1 + next(n for n, line in enumerate(lines) if 'levels: tingkat' in line)}: /sugg")
    assert second.startswith(f"{file}:{1 + next(n for n, line in enumerate(lines) if 'clocks:' in line)}: /clocks/eval")
    assert "2 kesalahan" in verdict
    assert as_json(file) == 1
    nothing, said = capsys.readouterr()
    assert (nothing, said.splitlines()) == ("", [first, second, verdict])
