"""Where PostgreSQL is and who we are to it: a whole address, so that nothing silently means some other server."""

import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr

FORM = "postgresql://user:password@host[:port]/database"

_HOST = r"(?:[^\s:;,/?#@\[\]]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?"
_WORD = r"[^\s/?#@]+"
_OPTIONS = r"[^\s?#&=]+=[^\s#&]*(?:&[^\s#&=]+=[^\s#&]*)*"
_DSN = re.compile(
    rf"postgres(?:ql)?://[^\s:/?#@]+(?::{_WORD})?@"
    rf"(?:(?P<hosts>{_HOST}(?:,{_HOST})*)/{_WORD}(?:\?{_OPTIONS})?|/{_WORD}\?(?=(?:[^\s#]*&)?host=/){_OPTIONS})"
)
"""A password may be left out, where others prove who we are; so may hosts, for a socket (`?host=/run/postgresql`)."""


def _checked(dsn: SecretStr) -> SecretStr:
    """Refuse what would reach no server, or another than was meant. No part is repeated: any may be of the password."""
    found = _DSN.fullmatch(dsn.get_secret_value().strip())
    ports = re.findall(r":([0-9]+)(?=,|$)", (found and found["hosts"]) or "")
    if found is None or not all(0 < int(port) < 65536 for port in ports):
        raise ValueError(f"its form is {FORM}, with @, / and : in a password written as %40, %2F and %3A")
    return dsn


Dsn = Annotated[SecretStr, AfterValidator(_checked)]
"""The type of a setting that holds a DSN."""
