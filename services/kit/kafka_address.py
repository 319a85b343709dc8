"""Where Kafka is and who we are to it: one address, `[user:password@]host:port[,host:port]`, read here only."""

import re
from typing import Annotated, Any
from urllib.parse import quote, unquote

from pydantic import AfterValidator

MECHANISM = "SCRAM-SHA-512"
FORM = "[user:password@]host:port[,host:port]"

_SERVER = re.compile(r"([^\s:;/\[\]]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}")


def servers_of(address: str) -> str:
    """The bootstrap servers alone, as `host:port`: what may be logged and told."""
    return address.rpartition("@")[2]


def user_of(address: str) -> tuple[str, str] | None:
    """Name and password, or None where Kafka asks for none. In the address they are percent-encoded, as in a DSN."""
    user, at, _ = address.rpartition("@")
    name, _, password = user.partition(":")
    return (unquote(name), unquote(password)) if at else None


def client_options(address: str) -> dict[str, Any]:
    """What every client is given first: the servers, and how to prove who we are (SCRAM-SHA-512)."""
    servers: dict[str, Any] = {"bootstrap_servers": servers_of(address)}
    user = user_of(address)
    if user is None:
        return servers
    return servers | {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": MECHANISM,
        "sasl_plain_username": user[0],
        "sasl_plain_password": user[1],
    }


def with_user(servers: str, name: str, password: str) -> str:
    """Return the address by which *name* reaches *servers*, `host:port[,host:port]`."""
    return f"{quote(name, safe='')}:{quote(password, safe='')}@{servers}"


def _checked(address: str) -> str:
    """Refuse what no client could use, without repeating the password."""
    user, at, _ = address.rpartition("@")
    name, colon, password = user.partition(":")
    if at and not (name and colon and password):
        raise ValueError(f"before the @ stand a user and a password: {FORM}")
    for server in servers_of(address).split(","):
        if not _SERVER.fullmatch(server.strip()) or not 0 < int(server.rpartition(":")[2]) < 65536:
            raise ValueError(f"{server or 'nothing'} is no host:port; the form is {FORM}")
    return address


KafkaAddress = Annotated[str, AfterValidator(_checked)]
"""The type of a setting that holds an address."""
