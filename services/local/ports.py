"""
TCP ports on loopback: finding free ones and telling whether somebody answers.

Ports are taken from below the range that the kernel gives to outgoing connections. In that range a client that keeps
trying to reach a server just killed can be given the server's own port, connect to itself and block its restart.
"""

import asyncio
import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 15000


def free_ports(count: int) -> list[int]:
    """Return different ports that nobody listens on at this moment."""
    highest = _first_ephemeral() - 1
    if highest - LOWEST < 1000:
        return _ports_of_the_kernel(count)
    candidates = random.SystemRandom().sample(range(LOWEST, highest), 1000)
    return [port for port in candidates if is_free(port)][:count]


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return False
    return True


async def answers(port: int) -> bool:
    """Tell whether somebody accepts connections on the port."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    itself = writer.get_extra_info("sockname") == writer.get_extra_info("peername")
    writer.close()
    return not itself


def _first_ephemeral() -> int:
    try:
        return int(EPHEMERAL_RANGE.read_text().split()[0])
    except (OSError, ValueError):
        return 0


def _ports_of_the_kernel(count: int) -> list[int]:
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    try:
        return [int(opened.getsockname()[1]) for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()
