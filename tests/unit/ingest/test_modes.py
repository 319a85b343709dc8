"""Content types and bodies: what is read as what."""

import pytest
from starlette.datastructures import Headers

from services.ingest.api.http_binding import BATCH, read_items
from services.ingest.content_modes import STRUCTURED, media_type
from services.kit.problems import Problem

CE = {"ce-specversion": "1.0", "ce-id": "p-1", "ce-source": "t", "ce-type": "x"}


def _problem(headers: dict[str, str], body: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        read_items(Headers(headers), body, most=3)
    return caught.value


@pytest.mark.parametrize(
    "header",
    [STRUCTURED, f"{STRUCTURED}; charset=utf-8", f'{STRUCTURED};charset="UTF-8"', "Application/CloudEvents+JSON ; a=b"],
)
def test_parameters_and_case_of_the_media_type_do_not_matter(header: str) -> None:
    """A charset of UTF-8 is what JSON is anyway."""
    assert media_type(header) == STRUCTURED


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"content-type": "application/json"}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/cloudevents+avro"}, 415),
        ({"content-type": "application/cloudevents+avro", **CE}, 415),
        ({"content-type": f"{STRUCTURED}; charset=latin-1"}, 415),
        ({"content-type": "text/plain", **CE}, 415),
        ({**CE, "ce-id": "%ff"}, 400),
        ({**CE, "ce-data": "x"}, 400),
        ({**CE, "ce-datacontenttype": "x"}, 400),
    ],
)
def test_other_media_types_and_headers_are_refused(headers: dict[str, str], status: int) -> None:
    """The answer says what to send instead."""
    found = _problem(headers, b"{}")
    assert found.status == status
    assert found.detail


BROKEN = [
    b"",
    b"{",
    b"nonsense",
    b"{'a': 1}",
    b"\xef\xbb\xbf[]",
    b"[1] 2",
    b"[" * 5000 + b"]" * 5000,
    '{"a":1}'.encode("utf-16"),
]


@pytest.mark.parametrize("kind", [STRUCTURED, BATCH])
@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:12]))
def test_what_is_not_json_is_a_bad_request_that_says_where(kind: str, body: bytes) -> None:
    """Also what some decoders let through: NaN, lone surrogates, byte order marks, bottomless nesting."""
    found = _problem({"content-type": kind}, body)
    assert found.status == 400
    assert "valid JSON" in found.detail


@pytest.mark.parametrize(("body", "status"), [(b"[]", 400), (b"{}", 400), (b"7", 400), (b"[1,2,3,4]", 413)])
def test_a_batch_is_a_list_that_is_neither_empty_nor_too_long(body: bytes, status: int) -> None:
    """Each has its own answer."""
    assert _problem({"content-type": BATCH}, body).status == status


def test_the_items_of_a_batch_keep_their_bytes() -> None:
    """A dead letter shows what was sent, spaces, key order and all."""
    items = read_items(Headers({"content-type": BATCH}), b'[ {"b" : 1,"a":2} , 7,\n"x"]', most=3)
    assert items.values == [{"b": 1, "a": 2}, 7, "x"]
    assert [items.verbatim(index) for index in range(3)] == [b'{"b" : 1,"a":2}', b"7", b'"x"']


def test_binary_headers_are_unquoted_and_percent_decoded_once() -> None:
    """As the HTTP binding of CloudEvents asks; %2541 stays %41."""
    headers = Headers({**CE, "ce-id": '"a \\"b\\" %C3%A9"', "ce-note": "%2541", "content-type": "application/json"})
    (event,) = read_items(headers, b'{"x":1}', most=3).values
    assert (event["id"], event["note"], event["data"]) == ('a "b" é', "%41", {"x": 1})
    assert event["datacontenttype"] == "application/json"


def test_a_header_given_twice_is_refused() -> None:
    """Which of two ids would it be?"""
    headers = Headers(raw=[(b"ce-id", b"1"), (b"CE-Id", b"2")])
    with pytest.raises(Problem, match="twice"):
        read_items(headers, b"{}", most=3)


@pytest.mark.parametrize("depth", [17, 300, 1000])
def test_the_bytes_of_deeply_nested_items_can_be_kept(depth: int) -> None:
    """Whatever could be decoded can be kept as a dead letter, and so can its neighbours, whatever their texts hold."""
    deep = b'{"a": ' + b"[" * depth + b"]" * depth + b"}"
    other = rb'{"text": "\"},{[\\"}'
    batch = read_items(Headers({"content-type": BATCH}), b" [" + deep + b" , " + other + b",7 ]", most=3)
    assert [batch.verbatim(index) for index in range(3)] == [deep, other, b"7"]
    binary = read_items(Headers(CE | {"content-type": "application/json"}), deep, most=3)
    assert binary.verbatim(0).endswith(b'"data":' + deep + b"}")
