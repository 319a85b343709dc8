"""URI references as RFC 3986 has them (its appendix A), as one pattern in the words that every language shares."""

_HEX = "[0-9A-Fa-f]"
_ESCAPED = f"%{_HEX}{{2}}"
_CHAR = f"([A-Za-z0-9._~!$&'()*+,;=:@-]|{_ESCAPED})"
_CHAR_BUT_COLON = f"([A-Za-z0-9._~!$&'()*+,;=@-]|{_ESCAPED})"

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = f"{_OCTET}([.]{_OCTET}){{3}}"
_GROUP = f"{_HEX}{{1,4}}"
_LAST = f"({_GROUP}:{_GROUP}|{_IPV4})"


def _shortened(before: int, after: str) -> str:
    """An IPv6 address with `::` after at most *before* groups."""
    groups = f"(({_GROUP}:){{0,{before - 1}}}{_GROUP})?" if before else ""
    return f"{groups}::{after}"


_IPV6 = "|".join(
    [
        f"({_GROUP}:){{6}}{_LAST}",
        *(_shortened(before, f"({_GROUP}:){{{5 - before}}}{_LAST}") for before in range(5)),
        _shortened(5, _LAST),
        _shortened(6, _GROUP),
        _shortened(7, ""),
    ]
)
_IP_FUTURE = "[vV][0-9A-Fa-f]+[.][A-Za-z0-9._~!$&'()*+,;=:-]+"
_USER = f"([A-Za-z0-9._~!$&'()*+,;=:-]|{_ESCAPED})*@"
_NAME = f"([A-Za-z0-9._~!$&'()*+,;=-]|{_ESCAPED})*"
_HOST = rf"(\[({_IPV6}|{_IP_FUTURE})\]|{_NAME})"
_AUTHORITY = f"//({_USER})?{_HOST}(:[0-9]*)?(/{_CHAR}*)*"

_ABSOLUTE = f"/({_CHAR}+(/{_CHAR}*)*)?"
_ROOTLESS = f"{_CHAR}+(/{_CHAR}*)*"
_NO_SCHEME = f"{_CHAR_BUT_COLON}+(/{_CHAR}*)*"
_TAIL = rf"(\?({_CHAR}|[/?])*)?(#({_CHAR}|[/?])*)?"
_SCHEME = "[A-Za-z][A-Za-z0-9+.-]*:"

URI_REFERENCE = f"^(({_SCHEME})?({_AUTHORITY}|{_ABSOLUTE})?|{_SCHEME}{_ROOTLESS}|{_NO_SCHEME}){_TAIL}$"
"""With or without a scheme; also the empty one."""
