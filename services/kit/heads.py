"""
The head of an HTTP/1 request, looked at before the parser sees it.

What passes has one meaning for everybody on the way, offers nothing that we decline, and says how long its body is.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

_START = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/(\d\.\d)\r\n")
_TELLING = re.compile(
    rb"\r\n(host|content-length|transfer-encoding|upgrade):[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE
)
_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_ABSOLUTE = re.compile(rb"https?://[^/?#]+([^#]*)", re.IGNORECASE)
BARE_LF = re.compile(rb"(?<!\r)\n")
"""Half a line break, where one reader would see two lines and another one."""
_MOST_DIGITS = 18


class RefusedRequest(Exception):
    """A request that is not taken; the text says why, and the connection is of no use after it."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Head(NamedTuple):
    """The bytes for the parser, and the body's length; None: it comes in chunks."""

    content: bytes
    length: int | None


def read_head(content: bytes, *, most_headers: int) -> Head:
    """
    Check *content*, from the request line to the empty line.

    An offer to upgrade is left out, which declines it (RFC 9110, 7.8), and a target in absolute form becomes a path.
    Raises RefusedRequest.
    """
    start = _START.match(content)
    lines = content.count(b"\r\n")
    if start is None or not content.count(b"\r") == content.count(b"\n") == lines:
        raise RefusedRequest(
            400, "This is not HTTP/1.1: METHOD /path HTTP/1.1, and headers in lines that end with CR LF."
        )
    method, target, version = start.groups()
    if version not in (b"1.1", b"1.0"):
        raise RefusedRequest(505, "Send HTTP/1.1; no other version is spoken here.")
    if method == b"CONNECT":
        raise RefusedRequest(501, "CONNECT is not served here: this is no proxy.")
    if lines - 2 > most_headers:
        raise RefusedRequest(431, f"The request has more than {most_headers} headers; send fewer.")
    told: dict[bytes, list[bytes]] = {}
    for name, value in _TELLING.findall(content):
        told.setdefault(name.lower(), []).append(value)
    if len(told.get(b"host", ())) != 1 and (version == b"1.1" or b"host" in told):
        raise RefusedRequest(400, "Send the header Host, once.")
    if b"upgrade" in told:
        content = _UPGRADE.sub(b"", content)
    if not target.startswith(b"/") and (absolute := _ABSOLUTE.fullmatch(target)):
        path = absolute[1] if absolute[1].startswith(b"/") else b"/" + absolute[1]
        content = content.replace(target, path, 1)
    return Head(content, _length(version, told.get(b"content-length", []), told.get(b"transfer-encoding", [])))


def _length(version: bytes, lengths: Sequence[bytes], encodings: Sequence[bytes]) -> int | None:
    """Return the length of the body; that a length is digits and given once is left to the parser."""
    if not encodings:
        told = lengths[0] if lengths else b""
        if len(told) > _MOST_DIGITS:
            raise RefusedRequest(413, "The body is longer than anything that is taken here.")
        return int(told) if told.isdigit() else 0
    if version == b"1.0" or lengths:
        raise RefusedRequest(400, "Say once how long the body is: Content-Length or, in HTTP/1.1, chunks.")
    if len(encodings) > 1 or encodings[0].lower() != b"chunked":
        raise RefusedRequest(501, "Of transfer encodings only chunked is understood; send the body as it is.")
    return None
