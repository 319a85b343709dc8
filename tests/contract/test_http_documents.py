"""Whatever is asked, the HTTP interfaces answer as their OpenAPI documents say."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract.conftest import Interface

Request = Case[Any]
EXAMPLES = 50
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
TOKENS = ["all"] * 6 + ["auditor", "terminal", "nobody", ""]
SERVICES = ("ingest", "scoring", "notifications")
ENDLESS = {"/v1/stream"}

pytestmark = [
    pytest.mark.timeout(120),
    # Hypothesis asks in a thread, and takes the random numbers of the event loop's own for those of a strategy.
    pytest.mark.filterwarnings("ignore:Do not use the .random. module inside strategies"),
]


def _closed(schema: Any) -> Any:
    """A document that allows no member which it does not name."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return closed | (
        {"additionalProperties": False} if schema.get("type") == "object" and "properties" in schema else {}
    )


def _operations(interface: Interface) -> Iterable[APIOperation[Any, Any, Any, Any]]:
    for found in schemathesis.openapi.from_dict(_closed(interface.document)).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path not in ENDLESS:
            yield operation


@st.composite
def _requests(draw: Callable[..., Any], operation: APIOperation[Any, Any, Any, Any], there: dict[str, Any]) -> Request:
    """Draw a request of any sort, half of them about things that are there, most of them with a good token."""
    real = draw(st.booleans())
    mode = GenerationMode.POSITIVE if real else draw(st.sampled_from(list(GenerationMode)))
    case: Request = draw(operation.as_strategy(generation_mode=mode))
    if real:
        for parameters in (case.path_parameters, case.query):
            parameters.update({name: draw(st.sampled_from(there[name])) for name in parameters if name in there})
        if isinstance(case.body, dict) and "body" in there:
            case.body = draw(st.sampled_from(there["body"]))
    case.headers["Authorization"] = f"Bearer {draw(st.sampled_from(TOKENS))}"
    return case


def _ask(interface: Interface, operation: APIOperation[Any, Any, Any, Any]) -> set[int]:
    """Ask one operation many things; the statuses it has answered with."""
    seen: set[int] = set()

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(_requests(operation, interface.there))
    def asked(case: Request) -> None:
        response = case.call(base_url=interface.address)
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    asked()
    return seen


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_asks_for_a_token(interfaces: dict[str, Interface], service: str) -> None:
    """Clients generated from it know how to show one."""
    document = interfaces[service].document
    assert document["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}


async def test_the_endless_stream_is_announced_too(interfaces: dict[str, Interface]) -> None:
    """Its kind and its refusals; nobody can wait for its end."""
    interface = interfaces["scoring"]
    responses = interface.document["paths"]["/v1/stream"]["get"]["responses"]
    assert set(responses) == {"200", "401", "403"}
    assert set(responses["200"]["content"]) == {"text/event-stream"}
    async with httpx.AsyncClient(base_url=interface.address) as http:
        for token, status in (("nobody", 401), ("terminal", 403)):
            refused = await http.get("/v1/stream", headers={"Authorization": f"Bearer {token}"})
            assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
        async with http.stream("GET", "/v1/stream", headers={"Authorization": "Bearer all"}) as stream:
            assert (stream.status_code, stream.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")


@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_is_one_that_the_document_announces(interfaces: dict[str, Interface], service: str) -> None:
    """No 5xx, no status, content type, header or shape that is not written there; and good answers are among them."""
    interface = interfaces[service]
    for operation in _operations(interface):
        seen = await asyncio.to_thread(_ask, interface, operation)
        assert any(status < 300 for status in seen), f"{operation.label} was never answered well: {seen}"
