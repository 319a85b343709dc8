"""The ports of an instance: free, kept, and out of the way of outgoing connections."""

from pathlib import Path

import pytest

from services.kit.errors import UserError
from services.local import instance
from services.local.instance import PORT_NAMES, choose_ports
from services.local.ports import free_ports


def test_ports_are_kept_unless_somebody_took_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's ports stay the same; of those that are taken by now, and only of those, others are chosen."""
    first = choose_ports(tmp_path, None)
    assert set(first) == set(PORT_NAMES)
    assert len(set(first.values())) == len(first)
    assert choose_ports(tmp_path, None) == first
    monkeypatch.setattr(instance, "is_free", lambda port: port != first["kafka"])
    second = choose_ports(tmp_path, None)
    assert {name for name in PORT_NAMES if second[name] != first[name]} == {"kafka"}


@pytest.mark.parametrize("base", [0, -1, 65535, 70000])
def test_a_port_base_without_room_is_refused(tmp_path: Path, base: int) -> None:
    """A base that leads to ports that do not exist is an error that names the range."""
    with pytest.raises(UserError, match="from 1 to"):
        choose_ports(tmp_path, base)


def test_free_ports_are_different_and_not_the_kernels() -> None:
    """Ports come from below the range of outgoing connections, so that no client can take a killed server's port."""
    ports = free_ports(20)
    assert len(set(ports)) == 20
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert lowest < 20000 or all(port < lowest for port in ports)
