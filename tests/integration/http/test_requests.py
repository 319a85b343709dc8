"""What a request means: an upgrade is declined, one request is served once, and what has two meanings has none."""

from contextlib import AsyncExitStack

import pytest

from tests.support.http_service import Service, request

OFFERS = [
    ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAA"),
    ("Upgrade: h2c",),
    ("Connection: keep-alive, Upgrade", "UPGRADE: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    ("Upgrade: foo/2, h2c", "connection: upgrade"),
]
BODY = b"an event \r\n\r\nPOST /echo HTTP/1.1\r\nHost: smuggled\r\n\r\n"


def chunked(*headers: str) -> bytes:
    """A request with BODY in two chunks."""
    head = request("POST", "/echo", *headers, "Transfer-Encoding: chunked")
    first, second = BODY[:13], BODY[13:]
    return head + b"%x;a=b\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(first), first, len(second), second)


@pytest.mark.parametrize("offer", OFFERS, ids=["h2c", "alone", "websocket", "several"])
@pytest.mark.parametrize("packets", ["one", "bytes"])
async def test_an_offer_to_upgrade_is_declined_and_the_request_served_once(
    service: Service, offer: tuple[str, ...], packets: str
) -> None:
    """Body and what follows keep their meaning, whether with a length, in chunks or without any."""
    before = await service.served()
    sent = request("POST", "/echo", *offer, body=BODY) + chunked(*offer) + request("POST", "/echo", *offer)
    async with service.raw() as raw:
        if packets == "one":
            await raw.send(sent)
        else:
            await raw.send(*(sent[at : at + 7] for at in range(0, len(sent), 7)))
        answers = [await raw.answer() for _ in range(3)]
        await raw.send(request("GET", "/health/live"))
        assert (await raw.answer()).status == 200

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert [answer.json["body"] for answer in answers] == [BODY.decode(), BODY.decode(), ""]
    assert await service.served() == before + 4


async def test_connections_of_declined_upgrades_do_not_stay_open(service: Service) -> None:
    """They are idle as any other after an answer, and let go after as long."""
    async with AsyncExitStack() as stack:
        raws = [await stack.enter_async_context(service.raw()) for _ in range(50)]
        for raw in raws:
            await raw.send(request("POST", "/echo", *OFFERS[0], body=b"x"))
            assert (await raw.answer()).status == 200
        assert all([await raw.closed(within_s=10) for raw in raws])


REFUSED = {
    "both lengths": (400, request("POST", "/echo", "Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\n\r\n")),
    "folded": (400, request("POST", "/echo", "X-A: b\r\n c")),
    "bare LF": (400, b"POST /echo HTTP/1.1\nHost: a\n\n"),
    "bare LF in a header": (400, request("POST", "/echo", "X-A: b\nX-B: c")),
    "bare CR in a header": (400, request("POST", "/echo", "X-A: b\rX-B: c")),
    "+5": (400, request("POST", "/echo", "Content-Length: +5") + b"hello"),
    "list of lengths": (400, request("POST", "/echo", "Content-Length: 5, 5") + b"hello"),
    "two lengths": (400, request("POST", "/echo", "Content-Length: 5", "Content-Length: 6") + b"hello"),
    "same length twice": (400, request("POST", "/echo", "Content-Length: 5", "Content-Length: 5") + b"hello"),
    "endless length": (413, request("POST", "/echo", "Content-Length: " + "9" * 5_000) + b"hello"),
    "space before the colon": (400, request("POST", "/echo", "Content-Length : 5") + b"hello"),
    "two hosts": (400, request("POST", "/echo", "Host: other")),
    "no host": (400, b"POST /echo HTTP/1.1\r\n\r\n"),
    "chunks in HTTP/1.0": (400, request("POST", "/echo", "Transfer-Encoding: chunked", version="1.0")),
    "other encoding": (501, request("POST", "/echo", "Transfer-Encoding: gzip, chunked")),
    "identity": (501, request("POST", "/echo", "Transfer-Encoding: identity")),
    "bad chunk": (400, request("POST", "/echo", "Transfer-Encoding: chunked") + b"xyz\r\n"),
    "HTTP/0.9": (400, b"GET /health/live\r\n\r\n"),
    "HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "CONNECT": (501, b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n"),
    "unknown method": (400, request("FOO", "/echo")),
    "other scheme": (400, request("GET", "ftp:x")),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_what_two_readers_would_read_differently_is_refused_and_the_connection_closed(
    service: Service, kind: str
) -> None:
    """Nothing of it is executed, nor of what follows it."""
    status, sent = REFUSED[kind]
    before = await service.served()
    async with service.raw() as raw:
        await raw.send(sent + request("POST", "/echo"))
        answer = await raw.answer()
        assert await raw.closed()

    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["connection"] == "close"
    assert answer.json["status"] == status
    assert await service.served() == before + 1


@pytest.mark.parametrize("target", ["http://small/health/live", "HTTP://small:80/health/live?x=http://small/"])
async def test_a_target_in_absolute_form_is_served_as_its_path(service: Service, target: str) -> None:
    """Clients behind a proxy send it, and a server has to take it."""
    assert (await service.ask(request("GET", target))).status == 200
    assert (await service.ask(request("GET", "http://small"))).status == 404
    assert (await service.ask(request("OPTIONS", "*"))).status in (400, 404)


async def test_trailers_after_a_body_are_no_headers(service: Service) -> None:
    """They come after everything was decided, and would be taken for what a proxy has checked."""
    head = request("POST", "/echo", "Transfer-Encoding: chunked")
    answer = await service.ask(head, b"1\r\nx\r\n", b"0\r\nX-Late: 1\r\n\r\n")

    assert answer.json["body"] == "x"
    assert answer.json["headers"] == ["host", "transfer-encoding"]


async def test_whoever_waits_to_be_told_to_go_on_is_told(service: Service) -> None:
    """curl, .NET and the JDK send the body only then; after an answer without it, the connection closes."""
    async with service.raw() as raw:
        await raw.send(request("POST", "/echo", "Expect: 100-continue", "Content-Length: 5"))
        assert await raw.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await raw.send(b"hello")
        answer = await raw.answer()
        assert (answer.json["body"], answer.headers.get("connection")) == ("hello", None)
    async with service.raw() as raw:
        await raw.send(request("POST", "/deaf", "Expect: 100-continue", "Content-Length: 5"))
        answer = await raw.answer()
        assert (answer.status, answer.headers["connection"]) == (401, "close")
        assert await raw.closed()


@pytest.mark.parametrize("header", ["Connection: keep-alive, close", "Accept: */*"])
async def test_answers_to_http_1_0_have_a_length_and_no_chunks(service: Service, header: str) -> None:
    """It knows no chunks; a stream without an end is refused with a reason. Who does not ask gets no more answers."""
    async with service.raw() as raw:
        await raw.send(request("POST", "/echo", header, version="1.0", body=b"old"))
        answer = await raw.answer()
        assert (answer.json["body"], "transfer-encoding" in answer.headers) == ("old", False)
        assert answer.headers["connection"] == "close"
        assert await raw.closed()
    assert (await service.ask(request("GET", "/stream", header, version="1.0"))).status == 505


async def test_http_1_0_keeps_its_connection_where_it_asks_for_that(service: Service) -> None:
    """However it asks, and for what has a length: a stream's HEAD has none, so its end is that of the connection."""
    async with service.raw() as raw:
        for header, body in (("Connection: keep-alive", b"one"), ("connection: TE, Keep-Alive", b"two")):
            await raw.send(request("POST", "/echo", header, version="1.0", body=body))
            answer = await raw.answer()
            assert (answer.json["body"], answer.headers["connection"]) == (body.decode(), "keep-alive")
        await raw.send(request("HEAD", "/large?size=100000", "Connection: keep-alive", version="1.0"))
        assert (await raw.answer(head=True)).headers["connection"] == "keep-alive"
        await raw.send(request("GET", "/nowhere", "Connection: keep-alive", version="1.0"))
        assert (await raw.answer()).status == 404
        await raw.send(request("HEAD", "/stream", "Connection: keep-alive", version="1.0"))
        assert (await raw.answer(head=True)).headers["connection"] == "close"
        assert await raw.closed()


async def test_http_1_0_is_not_told_to_go_on(service: Service) -> None:
    """It does not know of interim answers (RFC 9110, 10.1.1), and would take one for the answer."""
    async with service.raw() as raw:
        expecting = request("POST", "/echo", "Expect: 100-continue", "Connection: keep-alive", version="1.0", body=b"x")
        await raw.send(expecting[:-1], expecting[-1:])
        assert (await raw.answer()).json["body"] == "x"


async def test_requests_sent_ahead_are_answered_in_their_order(service: Service) -> None:
    """However many fit into one packet, one is worked on at a time."""
    async with service.raw() as raw:
        await raw.send(b"".join(request("POST", "/echo", body=b"%d" % number) for number in range(200)))
        bodies = [(await raw.answer()).json["body"] for _ in range(200)]

    assert bodies == [str(number) for number in range(200)]


async def test_head_is_get_without_its_body(service: Service) -> None:
    """The same headers; a stream ends with them, and the connection goes on."""
    async with service.raw() as raw:
        for path in ("/health/live", "/large?size=100000", "/stream"):
            await raw.send(request("HEAD", path))
            head = await raw.answer(head=True)
            assert head.status == 200
            if path != "/stream":
                whole = await service.ask(request("GET", path))
                assert head.headers.keys() == whole.headers.keys()
                assert head.headers["content-length"] == whole.headers["content-length"]


async def test_wrong_paths_and_methods_are_told_as_problems(service: Service) -> None:
    """Never by a redirect, and with all the methods that the path has."""
    for path in ("/echo/", "/health/live/", "/nothing", "//echo", "/%2e%2e/x"):
        answer = await service.ask(request("POST", path))
        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    answer = await service.ask(request("DELETE", "/echo"))
    assert (answer.status, answer.headers["allow"]) == (405, "POST, PUT")
    answer = await service.ask(request("POST", "/large"))
    assert (answer.status, answer.headers["allow"]) == (405, "HEAD, GET")
