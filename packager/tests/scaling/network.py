"""Places for processes: namespaces of their own with addresses of their own, or else the loopback of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUBNET = "10.213.77"


@dataclass
class Network:
    """Places by number, each a network namespace joined to the first one's bridge; without ``names``: the loopback."""

    names: list[str] = field(default_factory=list)

    def address(self, place: int) -> str:
        """Return the address of a place."""
        return f"{SUBNET}.{place + 1}" if self.names else "127.0.0.1"

    def command(self, place: int, hidden: Path | None = None) -> list[str]:
        """Return the words that a command begins with to run there, and not to see the folder ``hidden``."""
        if not self.names:
            return []
        hide = ["sh", "-c", f"mount -t tmpfs none '{hidden}' && exec \"$@\"", "sh"] if hidden else []
        return ["ip", "netns", "exec", self.names[place], *hide]

    def close(self) -> None:
        """Remove the namespaces, and with them all that joined them."""
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def joined(places: int) -> Network:
    """Return a network of so many places."""
    network = Network()
    if not _allowed():
        return network
    network.names = [f"packager-{os.getpid()}-{place}" for place in range(places)]
    hub = network.names[0]
    try:
        for name in network.names:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", hub, "link", "add", "hub", "type", "bridge")
        _ip("-n", hub, "address", "add", f"{network.address(0)}/24", "dev", "hub")
        _ip("-n", hub, "link", "set", "hub", "up")
        for place in range(1, places):
            _join(network, place)
    except subprocess.CalledProcessError:
        network.close()
        return Network()
    return network


def _join(network: Network, place: int) -> None:
    hub, name = network.names[0], network.names[place]
    _ip("-n", hub, "link", "add", f"to-{place}", "type", "veth", "peer", "name", "eth0", "netns", name)
    _ip("-n", hub, "link", "set", f"to-{place}", "master", "hub", "up")
    _ip("-n", name, "address", "add", f"{network.address(place)}/24", "dev", "eth0")
    _ip("-n", name, "link", "set", "eth0", "up")


def _allowed() -> bool:
    return os.name == "posix" and os.geteuid() == 0 and shutil.which("ip") is not None


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)
