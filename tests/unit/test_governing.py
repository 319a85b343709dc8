"""Which policy governs whom: whatever was proposed, published and taken back, and in whatever order it became known."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.policy.model import Policy
from schemas.policy.refusals import read_policy
from schemas.policy.shipped import DEFAULT, shipped
from services.scoring.domain import policies as policies_module
from services.scoring.domain.directory import Directory
from services.scoring.domain.events import decode
from services.scoring.evaluation.governing import governing, with_sha256
from services.scoring.evaluation.governing_policy import GoverningPolicy
from services.scoring.evaluation.periods import Period
from services.scoring.evaluation.policy_list import listed
from tests.support.event_builders import unit, void
from tests.support.oracle import Event
from tests.support.oracle_policies import OraclePolicies
from tests.support.policy_events import document, hash_of, proposed, published, shorter
from tests.unit.test_policies import HASHES

CODES = ("A", "B", "C", "D")
WHOLE = [document(version) for version in (1, 2, 3)]
SENT = [WHOLE[0], shorter(WHOLE[1]), WHOLE[2]]
SHA256 = [hash_of(each) for each in WHOLE]
BY_NAME = {(each["policy"], each["version"]): sha256 for each, sha256 in zip(WHOLE, SHA256, strict=True)}
DAYS = ["2026-10-01", "2026-11-01", "2026-12-01", "2027-01-01"]
TIMES = [
    "2026-09-30T16:59:59Z",  # the last second of September in Jakarta
    "2026-09-30T17:00:00Z",
    "2026-10-20T09:00:00+07:00",
    "2026-10-20T02:00:00Z",
    "2026-11-30T23:59:59.999999+07:00",
    "2026-12-31T20:00:00+09:00",
]
PERIODS = [Period.of(text) for text in ("2026-10", "2026-11", "2026-12", "2027-01", "2026-Q4", "2027", "2026")]
Draw = Callable[[st.SearchStrategy[Any]], Any]


def _one(draw: Draw, *of: Any) -> Any:
    return draw(st.sampled_from(of))


@st.composite
def _trees(draw: Draw) -> list[Event]:
    """Registrations, some of one unit anew under another parent; parents may be unknown or go in circles."""
    count = draw(st.integers(2, 8))
    return [
        unit(
            _one(draw, *CODES),
            parent=_one(draw, None, *CODES, "X"),
            since=_one(draw, "2026-01-01", *DAYS),
            time=_one(draw, *TIMES),
            id=f"u{n}",
        )
        for n in range(count)
    ]


@st.composite
def _proposals(draw: Draw) -> list[tuple[Event, str]]:
    """Proposals, each with the hash of what it carries."""
    found = []
    for n in range(draw(st.integers(0, 5))):
        which = draw(st.integers(0, 2))
        place, day = _one(draw, *CODES, "*", "*", "X"), _one(draw, *DAYS)
        proposer = _one(draw, "E1", "E2")
        made = proposed(place, SENT[which], day, proposer, id=f"p{n}", time=_one(draw, *TIMES))
        found.append((made, SHA256[which]))
    return found


@st.composite
def _publications(draw: Draw, proposals: Sequence[tuple[Event, str]]) -> list[Event]:
    """Publications of the proposals, most of them faultless."""
    found = []
    for n in range(draw(st.integers(0, 6)) if proposals else 0):
        proposal, sha256 = _one(draw, *proposals)
        made = published(
            proposal,
            sha256,
            _one(draw, "E2", "E2", "E1"),
            id=f"o{n}",
            source=_one(draw, "hr", "desk"),
            time=_one(draw, *TIMES),
        )
        fault = _one(draw, None, None, None, None, "subject", "effective_from", "sha256", "proposal")
        if fault == "subject":
            made["subject"] = f"unit:{_one(draw, *CODES)}"
        elif fault == "effective_from":
            made["data"]["effective_from"] = _one(draw, *DAYS)
        elif fault == "sha256":
            made["data"]["sha256"] = _one(draw, *SHA256)
        elif fault == "proposal":
            made["data"]["proposal"] = {"source": "hr", "id": _one(draw, "p0", "p1", "u0", "nothing")}
        found.append(made)
    return found


@st.composite
def _histories(draw: Draw) -> list[Event]:
    proposals = draw(_proposals())
    events = [*draw(_trees()), *(proposal for proposal, _ in proposals), *draw(_publications(proposals))]
    about = [each for each in events if each["type"].startswith("policy.")]
    for _ in range(draw(st.integers(0, 3)) if about else 0):
        wrong: dict[str, str] = _one(draw, {}, {}, {}, {"subject": "unit:Z"}, {"type": "policy.proposed.v1"})
        events.append(void(_one(draw, *about), **wrong))
    mixed: list[Event] = draw(st.permutations(events))
    return mixed


def _directory(events: Sequence[Event], step: int = 1_000) -> Directory:
    directory = Directory.empty()
    for start in range(0, len(events), step):
        directory = directory.with_events([decode(json.dumps(each).encode()) for each in events[start : start + step]])
    return directory


def _governing(directory: Directory, code: str | None, period: Period) -> GoverningPolicy:
    return governing(directory.policies, directory, code, period)


@settings(max_examples=100, deadline=None)
@given(_histories(), st.data(), st.integers(1, 9))
def test_what_governs_is_what_the_words_say(events: list[Event], data: st.DataObject, step: int) -> None:
    """Of every unit and of nobody's, in every period, however the events came, and however often."""
    again = data.draw(st.lists(st.sampled_from(events), max_size=5))
    directory = _directory([*events, *again], step)
    oracle = OraclePolicies(events, BY_NAME, HASHES[DEFAULT])
    for code in (None, *CODES, "X"):
        for period in PERIODS:
            found = _governing(directory, code, period)
            assert (found.sha256, found.source) == oracle.governing(code, period.first)
    rows = listed(directory.policies)
    states = [
        (row["state"], row[kind]["source"], row[kind]["id"])
        for row in rows
        if (kind := "publication" if row["publication"] else "proposal") and row[kind] is not None
    ]
    assert sorted(states) == oracle.states()
    assert rows == listed(_directory(sorted(events, key=str)).policies)
    assert all((row["why"] is not None) == (row["state"] == "refused") for row in rows)


def test_what_governs_is_the_policy_that_was_proposed() -> None:
    """By its content and not by its hash alone; a policy with defaults left out is the whole one."""
    proposal = proposed("A", SENT[1], "2026-12-01")
    directory = _directory([unit("A"), proposal, published(proposal, SHA256[1])])
    found = _governing(directory, "A", Period.of("2026-12"))
    assert found.policy.version == 2
    assert found.policy.suggestion.behaviour_ceiling == "meets"
    before = _governing(directory, "A", Period.of("2026-11"))
    assert before == GoverningPolicy(shipped()[DEFAULT], HASHES[DEFAULT])


PROPOSAL = proposed("A", SENT[0], "2026-12-01", id="p", time="2026-11-02T09:00:00+07:00")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"approver": "E1"}, "approver: E1 proposed it"),
        ({"sha256": SHA256[1]}, f"sha256: the document that was proposed has {SHA256[0]}"),
        ({"effective_from": "2027-01-01"}, "effective_from: the proposal is for 2026-12-01"),
        ({"proposal": {"source": "hr", "id": "q"}}, "proposal: hr q is not known"),
        ({"subject": "unit:*"}, "subject: the proposal is for unit:A"),
        ({"time": "2026-12-01T00:00:00+07:00"}, "effective_from: no rule reaches back, and this was published on 2026"),
    ],
)
def test_a_refused_publication_says_why(change: dict[str, Any], why: str | None) -> None:
    """In one sentence that names the field."""
    made = published(PROPOSAL, SHA256[0], id="o", time="2026-11-30T23:59:59+07:00")
    made |= {name: value for name, value in change.items() if name in made}
    made["data"] |= {name: value for name, value in change.items() if name not in made}
    (row,) = [row for row in listed(_directory([PROPOSAL, made]).policies) if row["publication"]]
    assert row["state"] == ("refused" if why else "published")
    assert row["why"] is None if why is None else row["why"].startswith(why)


def test_a_proposal_that_was_taken_back_takes_its_publication_with_it() -> None:
    """The publication stands, and says so; of two for one day the later one holds, and the other says which."""
    made = published(PROPOSAL, SHA256[0], id="o")
    (row,) = [row for row in listed(_directory([PROPOSAL, made, void(PROPOSAL)]).policies) if row["state"] != "shipped"]
    assert (row["state"], row["why"], row["proposal"]) == ("refused", "proposal: hr p was taken back.", None)

    later = published(PROPOSAL, SHA256[0], id="later", time="2026-11-20T09:00:00+07:00")
    first, second = listed(_directory([PROPOSAL, made, later]).policies)[-2:]
    assert (first["state"], second["state"]) == ("refused", "published")
    assert first["why"] == "effective_from: from 2026-12-01 on hr later, published later, holds."


def test_a_policy_is_found_by_its_hash_wherever_it_stands() -> None:
    """Shipped or proposed, for whomever and whenever; taken back it is gone."""
    far = proposed("Z", SENT[2], "2190-01-01")
    assert with_sha256(_directory([far]).policies, SHA256[2]) is not None
    assert with_sha256(_directory([far, void(far)]).policies, SHA256[2]) is None
    assert with_sha256(_directory([]).policies, HASHES[DEFAULT]) is shipped()[DEFAULT]
    assert with_sha256(_directory([far]).policies, "0" * 64) is None


def test_a_proposal_on_the_log_that_is_no_policy_governs_nobody() -> None:
    """Whoever wrote it there: it is listed as refused, as is its publication."""
    proposal = proposed("A", {"policy": "x"}, "2026-12-01")
    directory = _directory([unit("A"), proposal, published(proposal, "0" * 64)])
    assert _governing(directory, "A", Period.of("2026-12")).source is None
    assert [(row["state"], row["why"].partition(":")[0]) for row in listed(directory.policies)[2:]] == [
        ("refused", "document"),
        ("refused", "proposal"),
    ]


def test_documents_are_read_once_and_only_when_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fold never does, and what governs elsewhere is left alone."""
    read: list[int] = []

    def watched(given: Any) -> Policy:
        read.append(given["version"])
        return read_policy(given)

    monkeypatch.setattr(policies_module, "read_policy", watched)
    policies_module._read.cache_clear()
    near, far = (proposed(code, document(version), "2026-12-01") for code, version in (("A", 71), ("B", 72)))
    events = [unit("A"), unit("B"), near, far]
    events += [published(each, hash_of(each["data"]["document"])) for each in (near, far)]
    directory = _directory(events, 1)
    assert read == []
    for _ in range(3):
        assert _governing(directory, "A", Period.of("2026-12")).source == "unit:A"
        directory = directory.with_events([decode(json.dumps(unit("A")).encode())])
    assert read == [71]


def test_what_is_said_of_other_things_leaves_the_policies_alone() -> None:
    """Registrations, and voids of what is no policy: the same object, so that nothing is copied for many units."""
    directory = _directory([unit("A"), PROPOSAL])
    following = directory.with_events([decode(json.dumps(each).encode()) for each in (unit("B"), void(unit("C")))])
    assert following.policies is directory.policies
