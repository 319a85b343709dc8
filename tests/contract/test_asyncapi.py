"""The AsyncAPI document: valid by its own standard, complete, and pointing at files that are there."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import schemas
from schemas.registry import EVENT_TYPES
from schemas.topics import DIRECTORY, EVENTS, INBOUND, TOPICS

ROOT = Path(schemas.__file__).parent
OFFICIAL = Path(__file__).parent / "asyncapi" / "3.0.0.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The committed document."""
    content: dict[str, Any] = json.loads((ROOT / "asyncapi.json").read_text("utf-8"))
    return content


def test_it_is_valid_by_the_official_schema(document: dict[str, Any]) -> None:
    """AsyncAPI 3.0.0, Kafka bindings included; and the schema does refuse what is none."""
    validator = jsonschema.Draft7Validator(json.loads(OFFICIAL.read_text("utf-8")))

    assert [error.message[:200] for error in validator.iter_errors(document)] == []
    broken = {**document, "channels": {"kinerja.events": {"adress": "kinerja.events"}}}
    assert list(validator.iter_errors(broken)) != []


def test_every_topic_and_every_event_type_is_in_it(document: dict[str, Any]) -> None:
    """Facts and directory events on their own topic, voids on both, all of them on the inbound one."""
    channels = document["channels"]
    assert set(channels) == {topic.name for topic in TOPICS}
    assert set(channels[INBOUND]["messages"]) == set(EVENT_TYPES)
    logged = set(channels[EVENTS]["messages"]) | set(channels[DIRECTORY]["messages"])
    assert {name.removesuffix(".on-the-log") for name in logged} == set(EVENT_TYPES)
    assert "event.voided.v1" in channels[EVENTS]["messages"].keys() & channels[DIRECTORY]["messages"].keys()


def test_names_and_aliases_are_not_announced_on_the_log(document: dict[str, Any]) -> None:
    """What stands on kinerja.directory of an employee has no name."""
    (name,) = [name for name in document["channels"][DIRECTORY]["messages"] if name.startswith("employee.registered")]
    file = document["components"]["messages"][name]["payload"]["schema"]["$ref"]
    data = json.loads((ROOT / file).read_text("utf-8"))["properties"]["data"]

    assert set(data["properties"]) == {"effective_from"}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """Into the document, or to a committed file."""
    for reference in _references(document):
        if reference.startswith("#/"):
            place: Any = document
            for step in reference[2:].split("/"):
                place = place[step]
        else:
            assert (ROOT / reference).is_file(), reference


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in _references(item)]
    return [found for item in value for found in _references(item)] if isinstance(value, list) else []
