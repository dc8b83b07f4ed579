"""Ports for servers of a minute: of benchmarks and of tests."""

from __future__ import annotations

import random
import socket

# Below those that Linux gives to outgoing connections (32768 and above): such a port may be taken between the choice
# and the start of its server, the more so when several programs start servers at once.
_LOWEST, _HIGHEST = 20_000, 32_000
_chance = random.SystemRandom()


def free_port() -> int:
    """A loopback port that nobody listens on."""
    while True:
        port = _chance.randint(_LOWEST, _HIGHEST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
