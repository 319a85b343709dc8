"""
The head of an HTTP/1 request, looked at before the parser sees it.

What passes has one meaning for everybody on the way, offers nothing that we decline, and says how long its body is.
"""

import re
from typing import NamedTuple

_START = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+) HTTP/(\d)\.(\d)\r\n")
_TELLING = re.compile(rb"\r\n(host|content-length|transfer-encoding):[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_ABSOLUTE = re.compile(rb"https?://[^/?#]+([^#]*)", re.IGNORECASE)
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
"""Half a line break, where one reader would see two lines and another one."""


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
    if start is None or BARE.search(content):
        raise RefusedRequest(
            400, "This is not HTTP/1.1: METHOD /path HTTP/1.1, then headers in lines that end with CR LF."
        )
    method, target, *digits = start.groups()
    version = b".".join(digits)
    if version not in (b"1.1", b"1.0"):
        raise RefusedRequest(505, "Send HTTP/1.1; no other version is spoken here.")
    if method == b"CONNECT":
        raise RefusedRequest(501, "CONNECT is not served here: this is no proxy.")
    if content.count(b"\r\n") - 2 > most_headers:
        raise RefusedRequest(431, f"The request has more than {most_headers} headers; send fewer.")
    length = _length(content, version)
    content = _UPGRADE.sub(b"", content)
    if absolute := _ABSOLUTE.fullmatch(target):
        path = absolute[1] if absolute[1].startswith(b"/") else b"/" + absolute[1]
        content = content.replace(target, path, 1)
    return Head(content, length)


def _length(content: bytes, version: bytes) -> int | None:
    """Return the length of the body; that a length is digits and given once is left to the parser."""
    told: dict[bytes, list[bytes]] = {b"host": [], b"content-length": [], b"transfer-encoding": []}
    for name, value in _TELLING.findall(content):
        told[name.lower()].append(value)
    if len(told[b"host"]) > 1 or (version == b"1.1" and not told[b"host"]):
        raise RefusedRequest(400, "Send the header Host, once.")
    encodings, lengths = told[b"transfer-encoding"], told[b"content-length"]
    if not encodings:
        return int(lengths[0]) if lengths and lengths[0].isdigit() else 0
    if version == b"1.0" or lengths:
        raise RefusedRequest(400, "Say once how long the body is: Content-Length or, in HTTP/1.1, chunks.")
    if len(encodings) > 1 or encodings[0].lower() != b"chunked":
        raise RefusedRequest(501, "Of transfer encodings only chunked is understood; send the body as it is.")
    return None
