"""What HTTP asks of an answer whatever the route: HEAD as GET, HTTP/1.0 without chunks, a body that nobody read."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.problems import Problem


class Answering:
    """An application whose answers suit the version and method of the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            if scope["http_version"] == "1.0":
                options = _options(scope["headers"])
                send = _telling(send, asked=b"keep-alive" in options and b"close" not in options)
            if scope["method"] == "HEAD":
                answer = HeadOnly(receive, send)
                scope, receive, send = {**scope, "method": "GET"}, answer.receive, answer.send
            elif scope["http_version"] == "1.0":
                whole = Whole(receive, send)
                receive, send = whole.receive, whole.send
            elif (b"expect", b"100-continue") in scope["headers"]:
                closing = ClosingUnread(receive, send)
                receive, send = closing.receive, closing.send
        await self._app(scope, receive, send)


def _options(headers: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    """Return what the headers Connection say, in lower case."""
    listed = [value.lower().split(b",") for name, value in headers if name.lower() == b"connection"]
    return {option.strip() for options in listed for option in options}


def _telling(send: Send, *, asked: bool) -> Send:
    """Say whether the connection stays: with HTTP/1.0 when that was *asked*, and the body has an end of its own."""

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [header for header in message["headers"] if header[0].lower() != b"connection"]
            stays = asked and b"content-length" in {name.lower() for name, _ in headers}
            stays = stays and b"close" not in _options(message["headers"])
            message = {**message, "headers": [*headers, (b"connection", b"keep-alive" if stays else b"close")]}
        await send(message)

    return telling


class Answer:
    """An answer on its way out; once it has *ended*, the application hears that nobody listens."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self.ended = False

    async def receive(self) -> Message:
        """Return what the client sends."""
        return {"type": "http.disconnect"} if self.ended else await self._receive()

    async def end(self, start: Message, body: bytes) -> None:
        """Send everything at once."""
        self.ended = True
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


class HeadOnly(Answer):
    """The answer to a GET up to the end of its headers."""

    async def send(self, message: Message) -> None:
        """Send the headers; the body is left out."""
        if message["type"] == "http.response.start":
            await self.end(message, b"")


class Whole(Answer):
    """An answer with Content-Length: HTTP/1.0 knows no chunks, so a stream without an end cannot be had with it."""

    def __init__(self, receive: Receive, send: Send) -> None:
        super().__init__(receive, send)
        self._start: Message = {}
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        """Collect the answer, and send it when it is whole."""
        if self.ended:
            return
        if message["type"] == "http.response.start":
            self._start = message
            if _is_stream(message):
                await self._refuse()
            return
        self._body.extend(message.get("body", b""))
        if not message.get("more_body", False):
            headers = [header for header in self._start["headers"] if header[0].lower() != b"content-length"]
            length = (b"content-length", b"%d" % len(self._body))
            await self.end({**self._start, "headers": [*headers, length]}, bytes(self._body))

    async def _refuse(self) -> None:
        answer = Problem(505, "A stream needs HTTP/1.1; a proxy in between has to speak it too.").response()
        start = {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers}
        await self.end(start, bytes(answer.body))


class ClosingUnread(Answer):
    """
    An answer after which the connection closes, if it did not wait for the body.

    The client waits to be told to go on, and nobody knows whether it still sends the body (RFC 9110, 10.1.1).
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        super().__init__(receive, send)
        self._read = False

    async def receive(self) -> Message:
        """Return what the client sends, which lets it go on."""
        self._read = True
        return await super().receive()

    async def send(self, message: Message) -> None:
        """Send, and say that this is the end."""
        if message["type"] == "http.response.start" and not self._read:
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await self._send(message)


def _is_stream(start: Message) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"])
