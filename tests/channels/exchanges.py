"""What the tests of the HTTP way out share: a client for loopback, answers, and ways to fail."""

from __future__ import annotations

import socket
import struct
import time
import traceback
from pathlib import Path

import pytest

from dingbell.channels.http import Http, NetworkError
from tests.channels.servers import Handler, answer, read_request

OK = answer(b'{"errcode":0,"errmsg":"ok"}')
TOKEN = "0123456789abcdef0123456789abcdef"


def http(*hosts: str, seconds: float = 10.0, proxy: str | None = None, ca_file: Path | None = None) -> Http:
    return Http(
        extra_hosts=("127.0.0.1", *hosts),
        total_deadline_s=seconds,
        proxy=proxy,
        ca_file=str(ca_file) if ca_file else None,
    )


def failure(client: Http, url: str) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        client.post_json(f"{url}/robot/send?access_token={TOKEN}&sign={TOKEN}", b"{}")
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.detail
    assert TOKEN not in shown
    return caught.value


def once(reply: bytes) -> Handler:
    def handle(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(reply)

    return handle


def drip(start: bytes, piece: bytes) -> Handler:
    """Sends a little all the time, so that no single read ever waits long."""

    def handle(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(start)
        while True:
            peer.sendall(piece)
            time.sleep(0.05)

    return handle


def reset(peer: socket.socket) -> None:
    read_request(peer)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
