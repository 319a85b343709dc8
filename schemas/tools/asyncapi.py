"""The AsyncAPI 3 document: every topic with its messages and keys, referring to the committed JSON Schemas."""

from typing import Any

from schemas.messages import MESSAGES
from schemas.registry import EVENT_TYPES
from schemas.topics import ALERTS, DEAD_LETTERS, DIRECTORY, EVENTS, INBOUND, MEASURES, TOPICS, Topic

BINDING = "0.5.0"
ON_THE_LOG = "employee.registered.v1.on-the-log"
"""The one event whose data on the log is not as it was sent: names and aliases stay with ingest."""

_SCHEMA_FORMAT = "application/schema+json;version=2020-12"
_UNIT_KEY = "The unit's code."
_EVENT_KEY = "The subject without its prefix: employee:E1 -> E1, unit:* -> *."
_KEYS = {
    DIRECTORY: _EVENT_KEY,
    EVENTS: _EVENT_KEY,
    INBOUND: "Any; the canonical log is keyed anew.",
    DEAD_LETTERS: "The source, or the place of the record as partition:offset.",
    MEASURES: _UNIT_KEY,
    ALERTS: _UNIT_KEY,
}
_TOLD = {
    DIRECTORY: "The slow half of the canonical log: who, where and when.",
    EVENTS: "The fast half of the canonical log: facts, results, ratings, actions, contests, and their voids.",
    INBOUND: "Events from systems that publish to Kafka themselves; ingest holds them to the contract like HTTP.",
    DEAD_LETTERS: "What could not be accepted or folded, with the reason.",
    MEASURES: "Changed unit-days, absolute values.",
    ALERTS: "The life of alerts, step by step.",
}
_OTHERS = {
    DEAD_LETTERS: ("record.set_aside", "item.rejected"),
    MEASURES: ("unit_day.changed",),
    ALERTS: ("alert.step",),
}


def messages_on(topic: str) -> list[str]:
    """Return the names of the messages that can stand on a topic."""
    if topic in _OTHERS:
        return list(_OTHERS[topic])
    if topic == INBOUND:
        return list(EVENT_TYPES)
    sent = [name for name, contract in EVENT_TYPES.items() if contract.topic in (topic, None)]
    return [ON_THE_LOG if name == "employee.registered.v1" else name for name in sent]


def document(version: str) -> dict[str, Any]:
    """Return the whole document; *version* is the product's."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kinerja",
            "version": version,
            "description": "Topics of Kinerja. Events are CloudEvents 1.0 in structured JSON mode.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {_operation(topic.name): _operation_of(topic.name) for topic in TOPICS},
        "components": {"messages": {name: _message(name) for name in (*EVENT_TYPES, ON_THE_LOG, *MESSAGES)}},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": _TOLD[topic.name],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages_on(topic.name)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions_production,
                "topicConfiguration": _configuration(topic),
                "bindingVersion": BINDING,
            }
        },
        "x-key": _KEYS[topic.name],
        "x-partitions-local": topic.partitions_local,
    }


def _configuration(topic: Topic) -> dict[str, Any]:
    def typed(name: str, value: str) -> Any:
        if name == "cleanup.policy":
            return value.split(",")
        return int(value) if value.lstrip("-").isdigit() else value

    return {name: typed(name, value) for name, value in topic.config.items()}


def _operation(topic: str) -> str:
    return f"{'take' if topic == INBOUND else 'publish'}-{topic.removeprefix('kinerja.')}"


def _operation_of(topic: str) -> dict[str, Any]:
    return {
        "action": "receive" if topic == INBOUND else "send",
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in messages_on(topic)],
    }


def _message(name: str) -> dict[str, Any]:
    if name in MESSAGES:
        told, content, key = MESSAGES[name].__doc__, "application/json", _key_of(name)
        file = f"json/messages/{name}.json"
    else:
        event = EVENT_TYPES["employee.registered.v1" if name == ON_THE_LOG else name]
        told, content, key = event.data.__doc__, "application/cloudevents+json", _EVENT_KEY
        file = f"json/messages/{name}.json" if name == ON_THE_LOG else f"json/{name}.json"
    return {
        "name": name,
        "contentType": content,
        "summary": (told or "").strip().partition("\n")[0],
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": {"$ref": file}},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": BINDING}},
    }


def _key_of(message: str) -> str:
    return next(_KEYS[topic] for topic, names in _OTHERS.items() if message in names)
