"""Something strange in each field of each event type: refused by its name, over HTTP and over the topic alike."""

import json
from typing import Any

import jsonschema_rs
import pytest

from tests.support.inbound import Upstream
from tests.support.ingest import Ingest, Json, Source
from tests.support.mutants import Mutant, examples, mutants, schema_of, without_nulls

PAGE = "1000"
EXAMPLES = examples()


def _own(mutant: Mutant, source: Source, number: int) -> Json:
    """The mutant under an identity of its own, where these two fields are not the strange ones."""
    own = {"source": source.name, "id": str(number)}
    return mutant.event | {name: value for name, value in own.items() if mutant.pointer != f"/{name}"}


POLICY = "/data/document/"


def _names_the_field(errors: list[dict[str, Any]], pointer: str) -> bool:
    """Say whether an error points at the field, into it, at what holds it, or at one that it goes against."""
    return any(each["pointer"] and _is_named(each, pointer) for each in errors)


def _is_named(error: dict[str, Any], pointer: str) -> bool:
    """Fields that go against each other: one names the other in words; all of a policy's clauses hang together."""
    beside = pointer.rpartition("/")[2] in error["detail"].split()
    of_one_policy = all(each.startswith(POLICY) for each in (error["pointer"], pointer))
    return _related(error["pointer"], pointer) or beside or of_one_policy


def _related(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
async def test_each_strange_field_is_refused_by_its_name(ingest: Ingest, source: Source, example: Json) -> None:
    """What the published schema forbids is rejected, with a pointer; what is taken, the schema allows."""
    valid = jsonschema_rs.validator_for(schema_of(example["type"])).is_valid
    assert valid(example)
    made = list(mutants(example))
    events = [_own(mutant, source, number) for number, mutant in enumerate(made)]
    answer = await ingest.post(events)
    assert answer.status_code in (202, 422), answer.text
    results = answer.json()["results"]
    for mutant, event, result in zip(made, events, results, strict=True):
        if result["status"] != "rejected":
            assert valid(without_nulls(event)) or mutant.pointer in ("/source", "/id"), (mutant.pointer, event)
            continue
        if result["problem"]["status"] not in (403, 409):  # ingest's own type; the same source and id, other content
            assert _names_the_field(result["problem"]["errors"], mutant.pointer), (mutant, result["problem"])
    assert sum(result["status"] == "rejected" for result in results) > len(results) // 2


async def test_the_topic_judges_as_http_does(both_doors: Ingest, sender: Upstream, source: Source) -> None:
    """Each strange event of one example has the same fate, the same reason and the same pointer at both doors."""
    example = EXAMPLES["employee.registered.v1/aliases"]
    over_http = [_own(mutant, source, number) for number, mutant in enumerate(mutants(example))]
    results = (await both_doors.post(over_http)).json()["results"]
    other = Source()
    over_topic = [_own(mutant, other, number) for number, mutant in enumerate(mutants(example))]
    origins = [await sender.put(json.dumps(event).encode(), partition=1) for event in over_topic]
    await both_doors.until(sender.all_committed)

    letters = {letter["origin"]: letter for letter in await both_doors.dead_letters(limit=PAGE)}
    for origin, result in zip(origins, results, strict=True):
        if result["status"] == "rejected" and result["problem"]["status"] != 409:
            assert letters[origin]["reason"].replace(other.name, source.name) == result["problem"]["detail"]
            assert letters[origin]["errors"] == result["problem"]["errors"]
        elif result["status"] != "rejected":
            assert origin not in letters
