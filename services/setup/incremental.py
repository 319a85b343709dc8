"""Kafka's IncrementalAlterConfigs (KIP-339), which the client library lacks: its own call resets the rest."""

from collections.abc import Mapping
from typing import Any

from aiokafka.protocol.admin import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

API = 44
TOPIC = 2
SET = 0


class _Response(Response):  # type: ignore[misc]
    API_KEY = API
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "resources",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class _Struct(RequestStruct):  # type: ignore[misc]
    API_KEY = API
    API_VERSION = 0
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                ("configs", Array(("name", String("utf-8")), ("operation", Int8), ("value", String("utf-8")))),
            ),
        ),
        ("validate_only", Boolean),
    )


class SetTopicConfigs(Request[_Struct]):  # type: ignore[misc]
    """Sets configs of topics and leaves all others as they are."""

    API_KEY = API

    def __init__(self, configs: Mapping[str, Mapping[str, str]]) -> None:
        self._resources = [
            (TOPIC, topic, [(name, SET, value) for name, value in wanted.items()]) for topic, wanted in configs.items()
        ]

    def build(self, request_struct_class: type[_Struct]) -> Any:
        """Return the request as it goes over the wire."""
        return request_struct_class(self._resources, False)
