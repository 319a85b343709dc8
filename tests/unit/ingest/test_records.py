"""Whatever stands in headers and bodies, over HTTP and over Kafka: an item or a problem, never anything else."""

from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from schemas.envelope import JSON
from schemas.rights import SEND
from schemas.topics import INBOUND
from services.ingest.api.http_binding import BATCH, read_items
from services.ingest.content_modes import STRUCTURED
from services.ingest.domain.candidate import Candidate, Rejection
from services.ingest.inbound.records import submission_of
from services.kit.access import Grant, Principal
from services.kit.problems import Problem

LATEST = datetime(2026, 11, 25, tzinfo=UTC)
ANYONE = Principal(INBOUND, (Grant(SEND, {"source": "*", "type": "*"}),))
KINDS = st.sampled_from([STRUCTURED, BATCH, JSON, "text/plain"]) | st.text()
PARAMETERS = (
    st.sampled_from(["", ";", ';charset="', "; charset=utf-8", "; charset*=utf-16''%ff", ";charset=\0"]) | st.text()
)
CONTENT_TYPES = st.builds(str.__add__, KINDS, PARAMETERS)
NAMES = (
    st.sampled_from(["id", "source", "type", "subject", "time", "specversion", "data", "datacontenttype", ""])
    | st.text()
)
BODIES = st.binary(max_size=60) | st.sampled_from([b"", b"{}", b"[]", b"null", b'{"at":1}', b'"\xed\xa0\x80"'])


def _status(headers: Headers, body: bytes) -> int:
    """The status of what cannot be read; 202 for items whose bytes can be kept."""
    try:
        items = read_items(headers, body, most=3)
        return 202 if all(isinstance(items.verbatim(index), bytes) for index in range(len(items.values))) else 0
    except Problem as problem:
        return problem.status


@given(CONTENT_TYPES, st.dictionaries(NAMES, st.binary(max_size=20), max_size=4), BODIES)
def test_over_http(kind: str, attributes: dict[str, bytes], body: bytes) -> None:
    """What cannot be read is answered with a 4xx."""
    named = [(f"ce-{name}".encode("latin-1", "replace"), value) for name, value in attributes.items()]
    headers = Headers(raw=[(b"content-type", kind.encode("latin-1", "replace")), *named])
    assert _status(headers, body) in (202, 400, 413, 415)


@given(
    st.none() | CONTENT_TYPES.map(str.encode) | st.binary(),
    st.dictionaries(NAMES, st.none() | st.binary(max_size=20), max_size=4),
    st.none() | BODIES,
)
def test_over_kafka(kind: bytes | None, attributes: dict[str, bytes | None], body: bytes | None) -> None:
    """What cannot be taken is a rejection with a reason, and its bytes can be kept."""
    headers: list[tuple[str, Any]] = [(f"ce_{name}", value) for name, value in attributes.items()]
    headers += [] if kind is None else [("Content-Type", kind)]
    record = ConsumerRecord(INBOUND, 3, 7, 0, 0, None, body, None, 0, 0, tuple(headers))
    submission = submission_of(record, ANYONE, most=50, latest=LATEST)
    (item,) = submission.items
    assert isinstance(item, Candidate) or (isinstance(item, Rejection) and item.detail)
    assert isinstance(submission.verbatim(0), bytes)
    assert submission.origin == f"{INBOUND}/3/7"
