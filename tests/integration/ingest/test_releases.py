"""What is released of sealed answers is what the law's words say, in offices that change meanwhile."""

import copy
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import asyncpg
import pytest

from schemas.policy.identity import document_of
from schemas.policy.shipped import DEFAULT, shipped
from services.ingest.admission import admit
from services.ingest.folding import take_in
from services.ingest.organisation import DirectoryMemory
from services.ingest.sealed.keeping import SealedStore
from services.ingest.sealed.key import read_key
from services.ingest.sealed.sealing import Sealing
from services.ingest.sealed.unsealing import Unsealing
from services.ingest.submission import Outcome, Sealed, Submission
from services.kit.access_format import Access
from services.kit.postgres import open_pool, transaction
from services.scoring.domain.record import DIRECTORY_PARTITION, read_record
from tests.support.event_builders import event
from tests.support.ingest import access_file, key_file
from tests.support.oracle_feedback import Event, Office, Rules, days_of
from tests.support.policy_events import hash_of, proposed, published

PERIOD = ("2026-03", date(2026, 3, 1), date(2026, 3, 31))
DAYS = days_of(*PERIOD[1:])
UNITS = {"D": None, "B1": "D", "B2": "D", "S1": "B1", "S2": "B1", "S3": "B2"}
KINDS = {"D": "dinas", "B": "bidang", "S": "seksi"}
PEOPLE = [f"P{number}" for number in range(12)]
LEVELS = ("below", "meets", "above")
OPENED = datetime(2026, 4, 1, tzinfo=UTC)
SEEDS = range(16)


class Nobody:
    """Takes no ordinary submission, and is not poked in vain."""

    async def take(self, submission: Submission) -> list[Outcome]:
        raise AssertionError(submission)

    def poke(self) -> None:
        """Nothing is sent here."""


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """The database of ingest."""
    opened = await open_pool(dsn, size=3)
    yield opened
    opened.terminate()


def _directory(random: Random) -> list[Event]:
    """Units that may move, heads and delegates, people who come, go and are put under somebody by name."""
    events = [_unit(code, parent) for code, parent in UNITS.items()]
    if random.random() < 0.5:
        moved = random.choice(["S1", "S2", "S3"])
        events.append(_unit(moved, random.choice(["B1", "B2", "D"]), random.choice(DAYS).isoformat()))
    for code in UNITS:
        if random.random() < 0.8:
            events.append(_assigned(random, random.choice(PEOPLE), code, head=True))
    for person in PEOPLE:
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            events.append(_assigned(random, person, random.choice(list(UNITS))))
    for target in random.sample([e for e in events if e["type"].startswith("assignment")], 2):
        named = {name: target[name] for name in ("type", "source", "id")}
        events.append(event("event.voided.v1", target["subject"], {"voided": named, "reason": "keliru"}))
    random.shuffle(events)
    return events


def _unit(code: str, parent: str | None, since: str = "2026-01-01") -> Event:
    data = {"name": code, "kind": KINDS[code[0]], "effective_from": since} | ({"parent": parent} if parent else {})
    return event("unit.registered.v1", f"unit:{code}", data)


def _assigned(random: Random, person: str, unit: str, *, head: bool = False) -> Event:
    since = date(2026, 1, 1) if random.random() < 0.6 else random.choice(DAYS)
    basis = random.choices(("definitive", "delegate", "plt", "plh"), (8, 2, 1, 1) if head else (10, 1, 1, 1))[0]
    data: dict[str, Any] = {"unit": unit, "position": "x", "basis": basis, "effective_from": since.isoformat()}
    data |= {"head": True} if head else {}
    if random.random() < 0.2:
        data["supervisor"] = random.choice(PEOPLE)
    if random.random() < 0.2:
        data["effective_to"] = random.choice(DAYS).isoformat()
    return event("assignment.started.v1", f"employee:{person}", data, time=f"2026-01-0{random.randint(1, 9)}T08:00:00Z")


def _policy(random: Random, rules: Rules) -> list[Event]:
    whole = copy.deepcopy(document_of(shipped()[DEFAULT])) | {"version": random.randint(2, 999)}
    block = {"relations": list(rules.relations), "k": rules.k, "closes_days": 5, "exposure_days": rules.exposure_days}
    whole["feedback"] = block | {"clause": "rekan-k"} | ({"pool": rules.pool} if rules.pool else {})
    proposal = proposed("*", whole, "2026-02-01")
    return [proposal, published(proposal, hash_of(whole))]


def _answers(random: Random) -> list[Event]:
    """Everybody may say something about everybody, some of them twice."""
    events = []
    for _ in range(150):
        rater, ratee = random.choice(PEOPLE), random.choice(PEOPLE[:4])
        said: dict[str, Any] = {"rater": rater, "relation": random.choice(("peer", "subordinate"))}
        said["period"] = PERIOD[0]
        if random.random() < 0.8:
            said["result"] = random.choice(LEVELS)
        if random.random() < 0.7:
            said["behaviours"] = {name: random.choice(LEVELS) for name in ("loyal", "adaptif") if random.random() < 0.7}
        events.append(event("rating.given.v1", f"employee:{ratee}", said))
    return events


async def _fold(pool: asyncpg.Pool, events: Sequence[Event]) -> None:
    async with transaction(pool) as conn:
        first = await conn.fetchval("SELECT next_offset FROM directory_position")
        records = [
            read_record(DIRECTORY_PARTITION, first + place, 0, json.dumps(made).encode())
            for place, made in enumerate(events)
        ]
        assert [record.fault for record in records if record.fault] == []
        await take_in(conn, records)
        await conn.execute("UPDATE directory_position SET next_offset = $1", first + len(records))


async def _seal(sealing: Sealing, events: Sequence[Event]) -> None:
    token = Access.model_validate(access_file()).holder("all", OPENED)
    assert token
    latest = datetime(2199, 1, 1, tzinfo=UTC)
    admitted = [admit(json.loads(json.dumps(made)), token, latest) for made in events]
    names: list[Any] = [(None, None, None)] * len(events)
    outcomes = await sealing.take(Submission("all", "http", admitted, lambda _: b"", names))
    assert {type(outcome) for outcome in outcomes} == {Sealed}


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_release_is_what_the_words_say(pool: asyncpg.Pool, seed: int) -> None:
    """Random offices, policies and answers, held against an oracle that goes day by day."""
    random = Random(seed)
    rules = Rules(
        random.choice((["peer", "subordinate"], ["peer"], ["subordinate"])),
        3,
        random.choice((1, 5, 15, 31)),
        random.choice((None, None, "bidang", "dinas")),
    )
    directory = _directory(random)
    await _fold(pool, [*directory, *_policy(random, rules)])
    store = SealedStore(read_key(key_file()), DirectoryMemory())
    nobody: Any = Nobody()
    sealing, unsealing = Sealing(pool, store, nobody, 10_000), Unsealing(pool, store, nobody)
    answers = _answers(random)
    await _seal(sealing, answers)
    assert await unsealing.step() is False
    await _fold(pool, [event("day.closed.v1", "unit:*", {"date": "2026-04-05"})])
    while await unsealing.step():
        pass

    office = Office(directory)
    expected = {}
    for ratee in PEOPLE[:4]:
        belongs = any(office.unit_of(ratee, day) is not None for day in DAYS)
        if belongs and (groups := office.groups(ratee, answers, rules, DAYS)):
            expected[ratee] = groups
    sent = [json.loads(row["value"]) for row in await pool.fetch("SELECT value FROM outbox")]
    assert {each["subject"].removeprefix("employee:"): each["data"]["groups"] for each in sent} == expected
    assert {each["time"] for each in sent} <= {"2026-04-06T00:00:00+07:00"}
    assert len(sent) == len(expected)


def test_random_offices_release_something() -> None:
    """The histories of the test above are not empty: a test that compares nothing proves nothing."""
    released = 0
    for seed in SEEDS:
        random = Random(seed)
        relations = random.choice((["peer", "subordinate"], ["peer"], ["subordinate"]))
        rules = Rules(relations, 3, random.choice((1, 5, 15, 31)), random.choice((None, None, "bidang", "dinas")))
        office = Office(_directory(random))
        _policy(random, rules)
        answers = _answers(random)
        released += sum(bool(office.groups(ratee, answers, rules, DAYS)) for ratee in PEOPLE[:4])
    assert released >= 16
