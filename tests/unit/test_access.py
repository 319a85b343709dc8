"""Who may do what: grants and their subjects, rights, tokens that end and change, and a file that changes too."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from schemas.rights import ACKNOWLEDGE, ACT, ACTS, READ_INGEST, READ_PEOPLE, READ_SCORING, READS, TAKE_ALIASES
from services.ingest.rights import sending_of
from services.kit.access import Principal
from services.kit.access_file import AccessFile
from services.kit.access_format import Access, Expired
from services.kit.errors import UserError

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
LATER, EARLIER = "2026-11-24T08:00:01+07:00", "2026-11-24T08:00:00+07:00"


def _sha(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _token(*grants: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"name": "c", "sha256": _sha("c"), "write": list(grants), **more}


def _access(*tokens: dict[str, Any]) -> Access:
    return Access.model_validate({"tokens": list(tokens)})


def _client(*grants: dict[str, str], **more: Any) -> Principal:
    found = _access(_token(*grants, **more)).holder("c", NOW)
    assert found
    return found


def _file(path: Path, *tokens: str) -> Path:
    path.write_text(json.dumps({"tokens": [{"name": token, "sha256": _sha(token)} for token in tokens]}))
    return path


@pytest.mark.parametrize(
    ("subject", "allowed"),
    [
        ("employee:E1", True),
        ("badge:T7/12", True),
        ("unit:*", True),
        ("source:terminal-7", True),
        ("source:terminal-9", True),
        ("source:gate", True),
        ("source:loket", False),
    ],
)
def test_a_grant_without_subject_is_for_anybody_but_sources_of_others(subject: str, allowed: bool) -> None:
    """An old access file means what it meant, except that it no longer moves another source's coverage."""
    client = _client({"source": "terminal-*", "type": "*"}, {"source": "gate", "type": "attendance.*"})
    assert sending_of(client).about("terminal-7", "source.reported.v1", subject) is allowed


@pytest.mark.parametrize(
    ("pattern", "subject", "allowed"),
    [
        ("unit:K*", "unit:K1", True),
        ("unit:K*", "unit:L1", False),
        ("unit:K*", "unit:*", False),
        ("unit:*", "unit:*", True),
        ("unit:[!*]*", "unit:*", False),
        ("unit:[!*]*", "unit:K1", True),
        ("badge:T7/*", "badge:T7/12", True),
        ("badge:T7/*", "badge:T70/12", False),
        ("badge:T7/*", "employee:E1", False),
        ("source:loket", "source:loket", True),
        ("source:loket", "source:a", False),
    ],
)
def test_a_grant_with_subject_is_for_those_alone(pattern: str, subject: str, allowed: bool) -> None:
    """Also where it names another source: then that was meant."""
    client = _client({"source": "a", "type": "x", "subject": pattern})
    assert sending_of(client).about("a", "x", subject) is allowed


def test_reading_and_writing_give_no_right_to_act() -> None:
    """Each right has its name; "*" gives all."""
    everything = _client({"source": "*", "type": "*"}, read=["*"])
    assert not any(everything.may(right) for right in ACTS.values())
    assert _client(act=["alerts:act"]).may(ACT)
    assert not _client(act=["alerts:act"]).may(ACKNOWLEDGE)
    assert all(_client(act=["*"]).may(right) for right in ACTS.values())
    assert not any(_client(act=["*"]).may(right) for right in READS.values())


def test_a_misspelt_right_is_a_mistake(tmp_path: Path) -> None:
    """It is named with its place; it must not mean: nothing."""
    path = tmp_path / "access.json"
    path.write_text(json.dumps({"tokens": [{"name": "a", "sha256": _sha("a"), "act": ["alerts:ack"]}]}))
    with pytest.raises(UserError, match=r"access\.json is not valid at tokens/0/act/0.*'alerts:acknowledge'"):
        AccessFile(path)


def test_a_token_ends_and_says_so() -> None:
    """Up to its moment it is good; afterwards its holder is told since when not, and nobody else is told anything."""
    access = _access(_token(expires_at=LATER), _token(sha256=_sha("d"), expires_at=EARLIER))
    assert access.holder("c", NOW)
    with pytest.raises(Expired, match="2026-11-24T08:00:00"):
        access.holder("d", NOW)
    assert access.holder("e", NOW) is None


def test_two_tokens_are_good_while_they_change() -> None:
    """Both are the same holder's; each has its own end."""
    keys = [{"sha256": _sha("old"), "expires_at": EARLIER}, {"sha256": _sha("new")}]
    access = Access.model_validate({"tokens": [{"name": "terminal", "keys": keys}]})
    before = datetime(2026, 11, 24, tzinfo=UTC)
    assert {client.name for token in ("old", "new") if (client := access.holder(token, before))} == {"terminal"}
    with pytest.raises(Expired):
        access.holder("old", NOW)
    assert access.holder("new", NOW)


@pytest.mark.parametrize("token", [{"keys": []}, {}, {"keys": [{"sha256": _sha("a")}], "sha256": _sha("a")}])
def test_a_holder_has_a_token_named_in_one_way(token: dict[str, Any]) -> None:
    """None, or two ways at once, is a mistake."""
    with pytest.raises(ValueError, match=r"keys|sha256"):
        Access.model_validate({"tokens": [{"name": "a", **token}]})


def test_rights_of_a_topic_are_grants_alone_or_with_rights() -> None:
    """The old form gives no right to act; a topic that is not named is not limited."""
    grants = [{"source": "hr", "type": "*"}]
    topics = {"a": grants, "b": {"write": grants, "act": ["aliases:take"]}}
    access = Access.model_validate({"tokens": [], "topics": topics})
    may = {name: access.topic(name).may(TAKE_ALIASES) for name in "abc"}
    assert may == {"a": False, "b": True, "c": True}
    assert [sending_of(access.topic(name)).about("other", "x", "unit:*") for name in "abc"] == [False, False, True]


def test_a_right_may_be_given_about_some_subjects_only() -> None:
    """Several grants add up; whoever asks for everything is told no, and what is asked of one is told of that one."""
    some = [{"service": "scoring", "subject": "unit:K*"}, {"service": "scoring", "subject": "employee:E1"}]
    reader = _client(read=["people", *some], act=[{"right": "alerts:act", "subject": "unit:K1"}])
    assert not reader.may(READ_SCORING)
    assert reader.may(READ_SCORING, {"subject": "unit:K2"})
    assert not reader.may(READ_SCORING, {"subject": "unit:L1"})
    assert reader.scope(READ_SCORING).of(["unit:K1", "unit:L1", "employee:E1", "employee:E2"]) == {
        "unit:K1",
        "employee:E1",
    }
    assert [reader.scope(ACT).has(unit) for unit in ("unit:K1", "unit:K2")] == [True, False]
    assert reader.may(READ_PEOPLE)
    assert reader.scope(READ_PEOPLE).is_everything
    assert not reader.scope(READ_INGEST)


def test_what_is_given_whole_is_not_limited_by_another_grant() -> None:
    """The wider one counts, in whatever order they stand."""
    some = {"service": "scoring", "subject": "unit:K1"}
    for read in (["scoring", some], [some, "*"]):
        assert _client(read=read).scope(READ_SCORING).is_everything
        assert _client(read=read).may(READ_SCORING)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"read": [{"service": "ingest", "subject": "unit:A"}]}, "read/0: ingest cannot be given about some"),
        ({"read": [{"service": "*", "subject": "unit:A"}]}, r"read/0: \* cannot be given about some"),
        ({"act": ["alerts:act", {"right": "aliases:take", "subject": "a"}]}, "act/1: aliases:take cannot be given"),
        ({"read": [{"service": "scoring", "unit": "A"}]}, "read/0/unit: Extra inputs"),
    ],
)
def test_a_limit_that_nobody_would_ask_for_is_a_mistake(tmp_path: Path, more: dict[str, Any], told: str) -> None:
    """It must neither give everything nor, in silence, nothing."""
    path = tmp_path / "access.json"
    path.write_text(json.dumps({"tokens": [_token(**more)]}))
    with pytest.raises(UserError, match=told):
        AccessFile(path)


class _Clock:
    def __init__(self) -> None:
        self.now, self.asked = 0.0, 0

    def __call__(self) -> float:
        self.asked += 1
        return self.now


def test_the_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    """Within a second, and between two looks nothing is read."""
    clock = _Clock()
    file = AccessFile(_file(tmp_path / "access.json", "a"), clock=clock)
    first = file.current()
    _file(tmp_path / "access.json", "b")
    assert file.current() is first
    clock.now = 1.0
    changed = file.current()
    assert (changed.holder("a", NOW), bool(changed.holder("b", NOW))) == (None, True)
    clock.now = 2.0
    assert file.current() is changed


@pytest.mark.parametrize("content", ["{", '{"tokens": [{"name": "a"}]}', None])
def test_a_broken_file_leaves_the_rights_before_it_in_force(tmp_path: Path, content: str | None) -> None:
    """It is told once in the log, with what is wrong, and in the metric until it is mended."""
    clock, path = _Clock(), _file(tmp_path / "access.json", "a")
    file = AccessFile(path, clock=clock)
    path.unlink() if content is None else path.write_text(content)
    with capture_logs() as logs:
        for clock.now in (1.0, 2.0, 3.0):
            assert file.current().holder("a", NOW)
    assert [entry["event"] for entry in logs] == ["access.refused"]
    assert "access.json" in logs[0]["reason"]
    assert REGISTRY.get_sample_value("kinerja_access_file_refused") == 1
    clock.now = 4.0
    _file(path, "b")
    assert file.current().holder("b", NOW)
    assert REGISTRY.get_sample_value("kinerja_access_file_refused") == 0


def test_what_a_service_cannot_use_is_refused_like_a_broken_file(tmp_path: Path) -> None:
    """At the start it stops the process, later it keeps the rights before it."""

    def check(access: Access) -> None:
        if len(access.tokens) > 1:
            raise UserError("too many")

    clock = _Clock()
    file = AccessFile(_file(tmp_path / "access.json", "a"), check, clock=clock)
    _file(tmp_path / "access.json", "a", "b")
    clock.now = 1.0
    assert len(file.current().tokens) == 1
    with pytest.raises(UserError, match="too many"):
        AccessFile(tmp_path / "access.json", check)
