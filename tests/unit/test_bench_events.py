"""The stream that measurements are made with is what it claims to be."""

from collections import Counter
from typing import Any

import orjson

from schemas.event import read_event
from services.scoring.folding.placing import Placing
from tests.bench.events import directory, facts
from tests.bench.partitions import parts_of
from tests.bench.population import employee_id, parent_of, populate

N, EMPLOYEES = 4_000, 2_000


def _stream(seed: int = 1) -> list[dict[str, Any]]:
    return [orjson.loads(value) for _, value in facts(N, seed, EMPLOYEES)]


def test_every_message_satisfies_the_contract() -> None:
    """Facts and directory pass the door that ingest checks with; only registrations stand as on the log."""
    for _, value in facts(N, 1, EMPLOYEES) + directory(N, 1, EMPLOYEES):
        event = orjson.loads(value)
        if event["type"] == "employee.registered.v1":
            event["data"]["name"] = "sent to ingest, never on the log"
        read_event(event)


def test_a_seed_gives_the_same_stream_and_another_seed_another() -> None:
    """Runs on different days are comparable."""
    assert facts(N, 1, EMPLOYEES) == facts(N, 1, EMPLOYEES)
    assert facts(N, 1, EMPLOYEES) != facts(N, 2, EMPLOYEES)


def test_the_stream_has_the_promised_mixture() -> None:
    """As many as asked for, mostly punches; 2 % twice, 1 % corrections, of which half are voids."""
    events = _stream()
    kinds = Counter(event["type"] for event in events)
    again = Counter((event["source"], event["id"]) for event in events)
    assert len(events) == N
    assert kinds["attendance.punched.v1"] > N * 0.7
    assert sum(times - 1 for times in again.values()) == N // 50
    assert N // 200 <= kinds["event.voided.v1"] <= N // 200 + N // 50


def test_voids_take_back_what_was_sent_and_name_it_rightly() -> None:
    """A void has the subject, type, source and id of an event sent before it."""
    sent: set[tuple[str, ...]] = set()
    for event in _stream():
        if event["type"] == "event.voided.v1":
            target = event["data"]["voided"]
            assert (target["type"], event["subject"], target["source"], target["id"]) in sent
        sent.add((event["type"], event["subject"], event["source"], event["id"]))


def test_the_directory_holds_whoever_and_whatever_occurs() -> None:
    """No fact of the stream would be parked."""
    known = {orjson.loads(value)["subject"] for _, value in directory(N, 1, EMPLOYEES)}
    subjects = {event["subject"] for event in _stream() if not event["subject"].startswith("source:")}
    named = {"employee:" + event["data"]["employee"] for event in _stream() if "employee" in event["data"]}
    assert subjects | named <= known


def test_the_messages_keys_are_their_subjects_without_prefix() -> None:
    """So that Kafka deals them to partitions as it deals ingest's."""
    for key, value in facts(N, 1, EMPLOYEES) + directory(N, 1, EMPLOYEES):
        assert orjson.loads(value)["subject"].partition(":")[2].encode() == key


def test_the_population_has_many_small_units_and_a_few_large_ones_in_one_tree() -> None:
    """Everyone has exactly one unit; every unit leads up to the root."""
    population = populate(50_000)
    sizes = sorted(len(population.members(unit)) for unit in range(population.units))
    assert population.units == 600
    assert sum(sizes) == 50_000
    assert sizes[-1] > 10 * sizes[300]
    assert [unit for unit in range(600) if (above := parent_of(unit)) is None or above >= unit] == [0]
    assert all(population.unit_of(person) == 7 for person in population.members(7))
    assert all(100 <= len(population.members(unit)) <= 140 for unit in population.units_of_about(120, 5))


def test_people_are_dealt_to_partitions_as_kafka_deals_them() -> None:
    """The loader's fast arithmetic gives what the client's partitioner gives."""
    placing, parts = Placing(8), parts_of(30_000, 8)
    assert all(parts[person] == placing.partition(employee_id(person)) for person in range(0, 30_000, 37))
