"""The official CloudEvents SDK as a source: what it writes, over HTTP and over Kafka, is taken as it was meant."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.bindings import http, kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.support.inbound import Upstream
from tests.support.ingest import BATCH, Ingest, Json, Log, Source


def _event(event: Json) -> CloudEvent:
    """The event as a program that uses the SDK would make it."""
    attributes: dict[str, Any] = {name: value for name, value in event.items() if name != "data"}
    attributes["time"] = datetime.fromisoformat(event["time"])
    return CloudEvent(attributes, event["data"])


async def _post(ingest: Ingest, message: http.HTTPMessage) -> list[str]:
    answer = await ingest.raw(message.body, **_lower(message.headers))
    return [result["status"] for result in answer.json()["results"]]


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@pytest.fixture
async def punches(ingest: Ingest, source: Source) -> list[Json]:
    """Two punches of a registered employee, the first with an extension and names that need encoding."""
    employee = source.own("E1")
    await ingest.take(source.person(employee))
    odd = {"id": '470/"%41"/XI/2026', "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    return [source.punch(f"employee:{employee}", **odd), source.punch(f"employee:{employee}")]


def _as_logged(event: Json) -> Json:
    return event | {"datacontenttype": "application/json"}


@pytest.mark.parametrize("write", [http.to_structured_event, http.to_binary_event], ids=["structured", "binary"])
async def test_a_single_event_over_http(
    ingest: Ingest, log: Log, source: Source, punches: list[Json], write: Callable[[CloudEvent], http.HTTPMessage]
) -> None:
    """Each of its two modes; the SDK reads back from the log what it has sent."""
    assert await _post(ingest, write(_event(punches[0]))) == ["accepted"]
    await log.until(lambda: len(log.of(source)) == 2)
    assert log.of(source)[1:] == [_as_logged(punches[0])]
    (record,) = [record for record in log.records if b"attendance.punched" in record.value]
    again = kafka.from_structured_event(kafka.KafkaMessage({}, None, record.value))
    assert (again.get_id(), again.get_time()) == (punches[0]["id"], datetime.fromisoformat(punches[0]["time"]))
    assert again.get_data() == punches[0]["data"]


async def test_a_batch_over_http(ingest: Ingest, log: Log, source: Source, punches: list[Json]) -> None:
    """The SDK has no batches of its own: its events in one array are one."""
    written = [JSONFormat().write(_event(punch)) for punch in punches]
    answer = await ingest.raw(b"[" + b",".join(written) + b"]", **{"content-type": BATCH})
    assert [result["status"] for result in answer.json()["results"]] == ["accepted", "accepted"]
    await log.until(lambda: len(log.of(source)) == 3)
    assert [event["id"] for event in log.of(source)[1:]] == [punch["id"] for punch in punches]


async def test_both_modes_over_http_are_one_event(ingest: Ingest, source: Source, punches: list[Json]) -> None:
    """The second is a duplicate of the first, with another mode no conflict."""
    event = _event(punches[0])
    assert await _post(ingest, http.to_structured_event(event)) == ["accepted"]
    assert await _post(ingest, http.to_binary_event(event)) == ["accepted"]
    assert await ingest.dead_letters() == []


async def test_a_refusal_over_http_names_the_field(ingest: Ingest, punches: list[Json]) -> None:
    """What the SDK lets through and the contract does not is answered with a pointer."""
    wrong = _event(punches[1] | {"data": {"at": "yesterday", "direction": "in"}})
    for message in (http.to_structured_event(wrong), http.to_binary_event(wrong)):
        answer = await ingest.raw(message.body, **_lower(message.headers))
        assert answer.status_code == 422
        assert answer.json()["results"][0]["problem"]["errors"][0]["pointer"] == "/data/at"


@pytest.mark.parametrize("write", [kafka.to_structured_event, kafka.to_binary_event], ids=["structured", "binary"])
async def test_as_a_producer_to_the_topic(
    both_doors: Ingest, sender: Upstream, log: Log, source: Source, write: Callable[[CloudEvent], kafka.KafkaMessage]
) -> None:
    """Each of its two modes; what it writes wrongly is a dead letter with the field's name."""
    employee = source.own("E1")
    await both_doors.take(source.person(employee))
    punch = source.punch(f"employee:{employee}", id='470/"%41"/XI/2026', traceparent="00-1")
    for event in (punch, source.punch(f"employee:{employee}") | {"data": {"at": "yesterday", "direction": "in"}}):
        message = write(_event(event))
        await sender.put(message.value, message.headers)
    await both_doors.until(sender.all_committed)
    await log.until(lambda: len(log.of(source)) == 2)
    assert log.of(source)[1:] == [_as_logged(punch)]
    (letter,) = await both_doors.dead_letters()
    assert letter["pointer"] == "/data/at"
