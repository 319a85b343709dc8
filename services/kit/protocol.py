"""
One HTTP/1.1 connection: uvicorn's protocol, given one request at a time and only as much of it as we bear.

A head is collected and judged before the parser sees it; a body is fed up to its end and no further. So the parser
never meets two requests at once, an upgrade, or a header without an end, and when it disagrees on where a body ends,
the connection is over.
"""

from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from services.kit.connections import Connections, Ended, Wait
from services.kit.heads import BARE_LF, RefusedRequest, read_head
from services.kit.problems import Problem, unavailable

LEAST_BYTES = 16_384
"""Who sends or takes less within the time for a stalled connection has stalled."""
MOST_HELD = 1_048_576
_END = b"\r\n\r\n"


class Http1(HttpToolsProtocol):
    """A connection within the limits of *guard*."""

    def __init__(self, *args: Any, guard: Connections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guard, self._limits = guard, guard.limits
        self._held = bytearray()
        """What came and was not given to the parser yet."""
        self._searched = 0
        self._in_body = False
        self._left: int | None = 0
        self._tail = b""
        self._taken, self._lately, self._beside = 0, 0, 0
        self._wait, self._since = Wait.FIRST_BYTE, guard.clock()
        self._unsent: tuple[float, int] | None = None
        self._drained = False

    # What uvicorn calls

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request, if there is room."""
        super().connection_made(transport)
        if not self._guard.add(self):
            self._write(unavailable("Too many connections are open; come again in a moment."))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything."""
        self._guard.remove(self)
        self._held.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; what belongs to a later request waits until this one is answered."""
        if self._wait is Wait.LEAVING or self.transport.is_closing():
            return
        self._held += data
        self._advance()

    def resume_writing(self) -> None:
        """Note that the client took what was written."""
        self._drained = True
        super().resume_writing()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; fields after the body (trailers) have no meaning for us, and must get none."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """
        Begin to answer.

        Of HTTP/1.0 the client may ask to keep the connection, and it is never told to go on. What the answer then says
        decides (`answering.py`).
        """
        super().on_headers_complete()
        if self.scope["http_version"] == "1.0":
            self.cycle.keep_alive = self.parser.should_keep_alive()
            self.cycle.waiting_for_100_continue = False
        self._in_body = True
        self._guard.works(self)
        self._waits_for(Wait.BODY)

    def on_body(self, body: bytes) -> None:
        """Hand a piece of the body on."""
        self._taken += len(body)
        self._lately += len(body)
        self._beside = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the whole request is there."""
        self._in_body = False
        self._waits_for(Wait.NEXT if self.cycle.response_complete else Wait.ANSWER)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with what came meanwhile."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._guard.rests(self)
        self._waits_for(Wait.BODY if self._in_body else Wait.NEXT)
        self.flow.resume_reading()
        self._advance()

    # Feeding the parser

    def _advance(self) -> None:
        try:
            while self._held and self._wait is not Wait.LEAVING and self._feed_next():
                pass
        except RefusedRequest as exc:
            self._refuse(Problem(exc.status, str(exc)))
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(Problem(400, "This is not a request of HTTP/1.1; send it as RFC 9112 has it."))

    def _feed_next(self) -> bool:
        """Feed the rest of a body or the next head; say whether more may be fed."""
        if self._in_body:
            self._feed_body()
            return True
        if self.cycle is not None and not self.cycle.response_complete:
            self._hold()
            return False
        return self._feed_head()

    def _hold(self) -> None:
        self.flow.pause_reading()
        if len(self._held) > MOST_HELD:
            raise RefusedRequest(400, "Wait for answers before you send more requests over one connection.")

    def _feed_head(self) -> bool:
        held = self._held
        if held[:1] in b"\r\n":
            self._held = held = bytearray(held.lstrip(b"\r\n"))
        if not held:
            return False
        end = held.find(_END, max(0, self._searched - len(_END)))
        if len(held) > self._limits.head_bytes and not 0 <= end <= self._limits.head_bytes - len(_END):
            most = self._limits.head_bytes
            raise RefusedRequest(
                431, f"The request line and headers are longer than {most:,} bytes; send less in them."
            )
        if end < 0:
            self._wait_for_head()
            return False
        content, self._left = read_head(bytes(held[: end + len(_END)]), most_headers=self._limits.headers)
        self._check_length(self._left or 0)
        self._searched, self._taken, self._lately, self._beside, self._tail = 0, 0, 0, 0, b""
        del held[: end + len(_END)]
        self.parser.feed_data(content)
        if self._in_body and self._left == 0:
            raise httptools.HttpParserError
        return True

    def _wait_for_head(self) -> None:
        if BARE_LF.search(self._held, self._searched):
            raise RefusedRequest(400, "Headers are lines that end with CR LF.")
        self._searched = len(self._held)
        if self._wait is not Wait.HEAD:
            self._waits_for(Wait.HEAD)

    def _feed_body(self) -> None:
        end = self._end_of_chunks() if self._left is None else min(self._left, len(self._held))
        piece = bytes(self._held[:end])
        del self._held[:end]
        self._beside += len(piece)
        self.parser.feed_data(piece)
        if self._left is None:
            self._tail = (self._tail + piece)[-3:]
            if self._in_body and self._beside > self._limits.head_bytes:
                raise RefusedRequest(431, "There is more around the chunks of the body than in them.")
        else:
            self._left -= len(piece)
            if self._in_body == (self._left == 0):
                raise httptools.HttpParserError
        self._check_length(self._taken)

    def _end_of_chunks(self) -> int:
        """Return where a body in chunks may end: it does so at an empty line and nowhere else."""
        across = (self._tail + self._held[:3]).find(_END)
        if across >= 0:
            return across + len(_END) - len(self._tail)
        end = self._held.find(_END)
        return len(self._held) if end < 0 else end + len(_END)

    def _check_length(self, size: int) -> None:
        most = self._limits.most_body
        if most is not None and size > most:
            raise RefusedRequest(413, f"The body is longer than {most:,} bytes.")

    # The end

    def look(self, now: float) -> None:
        """End the connection if the client has kept it waiting for too long."""
        if self._takes_nothing(now):
            self._end(Ended.SLOW_READER, abort=True)
            return
        limits, waited = self._limits, now - self._since
        if self._wait is Wait.FIRST_BYTE and waited > limits.silent_s:
            self._end(Ended.SILENT)
        elif self._wait is Wait.NEXT and waited > limits.idle_s:
            self._end(Ended.IDLE)
        elif self._wait is Wait.HEAD and waited > limits.head_s:
            problem = Problem(408, f"The request line and headers did not arrive within {limits.head_s:g} s.")
            self._refuse(problem, Ended.SLOW_HEAD)
        elif self._wait is Wait.BODY:
            self._look_at_body(now, waited)
        elif self._wait is Wait.LEAVING and waited > limits.leaving_s:
            self.transport.abort()

    def make_room(self) -> None:
        """End at once, whatever is not sent yet."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _look_at_body(self, now: float, waited: float) -> None:
        if self.cycle.response_complete:
            if waited > self._limits.unread_s:  # answered without it, and it still comes
                self._end(Ended.SLOW_BODY)
        elif waited > self._limits.stalled_s:
            if self._lately < LEAST_BYTES and not self.flow.read_paused:
                problem = Problem(408, f"The body stopped coming for {self._limits.stalled_s:g} s; send it again.")
                self._refuse(problem, Ended.SLOW_BODY)
            else:
                self._lately, self._since = 0, now

    def _takes_nothing(self, now: float) -> bool:
        """Say whether something is to be sent and the client has taken next to nothing of it for too long."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent:
            self._unsent = None
        elif self._unsent is None or self._drained or unsent <= self._unsent[1] - LEAST_BYTES:
            self._unsent = now, unsent
            self._drained = False
        return self._unsent is not None and now - self._unsent[0] > self._limits.stalled_s

    def _end(self, reason: Ended, *, abort: bool = False) -> None:
        self._guard.ended(reason)
        if self.cycle is not None and not self.cycle.response_complete:
            self._break_off()
        self.transport.abort() if abort else self.transport.close()

    def _refuse(self, problem: Problem, reason: Ended = Ended.REFUSED) -> None:
        """Answer with *problem* unless an answer has begun, and leave."""
        self._guard.ended(reason)
        self._held.clear()
        if self.cycle is not None and not self.cycle.response_complete:
            self._break_off()
        if self._in_body and self.cycle.response_started:
            self.transport.abort()
            return
        self._write(problem)
        self._waits_for(Wait.LEAVING)  # closing at once would reset what the client has not read yet
        self._guard.rests(self)
        self.flow.resume_reading()
        self.transport.write_eof()

    def _break_off(self) -> None:
        """Let the application know that nobody listens any more."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self.flow.resume_writing()

    def _write(self, problem: Problem) -> None:
        problem.headers["Connection"] = "close"
        response = problem.response()
        lines = [b"%s: %s\r\n" % header for header in response.raw_headers]
        self.transport.write(b"".join([STATUS_LINE[response.status_code], *lines, b"\r\n", cast(bytes, response.body)]))

    def _waits_for(self, wait: Wait) -> None:
        self._wait, self._since = wait, self._guard.clock()
