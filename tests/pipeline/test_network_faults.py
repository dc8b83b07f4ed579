"""Every way in which the network fails before or after a call was taken: reason, wait, and one message in the end.

One host name, of which the test says where it leads: to a server that fails in its own way, or to a good one.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dingbell.channels.http import Http
from dingbell.delivery.models import Attempt, Delivery, Send
from dingbell.pipeline import engine
from dingbell.storage.times import SECOND
from dingtalk_simulator.running import RunningSimulator
from tests.channels.exchanges import drip, reset
from tests.channels.servers import RawServer, answer, certificate, read_request
from tests.pipeline.standing import StandingPlant

HOST = "dingtalk.invalid"
DEADLINE_S = 2.0
JSON = "Content-Type: application/json\r\n"
ANSWERS = {
    b"/robot/send": b'{"errcode":0,"errmsg":"ok"}',
    b"/v1.0/oauth2/accessToken": b'{"accessToken":"an-access-token-0123456789","expireIn":7200}',
    b"/v1.0/robot/oToMessages/batchSend": b'{"processQueryKey":"key"}',
}


class Name:
    """The host name, and where it leads now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.port: int | None = None  # None: nobody knows the name
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != HOST:
            return self._resolve(host, port, *rest, **more)
        if self.port is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._resolve("127.0.0.1", self.port, *rest, **more)


class Good:
    """What DingTalk would answer; `taken` are the paths of the requests."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def __call__(self, peer: socket.socket) -> None:
        while request := read_request(peer):
            path = request.split(b" ", 2)[1].partition(b"?")[0]
            self.taken.append(path)
            peer.sendall(answer(ANSWERS[path], headers=JSON))


def silent(over: threading.Event, peer: socket.socket) -> None:
    """Reads the request and says nothing."""
    read_request(peer)
    over.wait(20)


@pytest.fixture
def ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Name, dict[str, int | None], Good, Path]]:
    """The name, the port behind each fault, the good server, and the certificate to trust."""
    (tmp_path / "trusted").mkdir()
    (tmp_path / "other").mkdir()
    trusted, tls = certificate(tmp_path / "trusted", names=(HOST,))
    _, untrusted = certificate(tmp_path / "other", names=(HOST,))
    good, over = Good(), threading.Event()
    handlers: dict[str, tuple[Callable[[socket.socket], object], Any]] = {
        "good": (good, tls),
        "untrusted": (good, untrusted),
        "reset": (reset, tls),
        "silent": (partial(silent, over), tls),
        "drip": (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "), tls),
    }
    with ExitStack() as stack, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        ports: dict[str, int | None] = {"unknown": None, "refused": int(closed.getsockname()[1])}
        for name, (handler, context) in handlers.items():
            ports[name] = stack.enter_context(RawServer(handler, context)).port
        yield Name(monkeypatch), ports, good, trusted
        over.set()


def test_a_message_gets_through_once_whatever_the_network_did_before(
    transactional_db: None,
    simulator: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    ways: tuple[Name, dict[str, int | None], Good, Path],
) -> None:
    name, ports, good, trusted = ways
    monkeypatch.setattr(engine, "Http", partial(Http, total_deadline_s=DEADLINE_S))
    here = f"https://{HOST}"
    settings = {"ca_file": str(trusted), "webhook_hosts": (HOST,), "dingtalk_api_url": here, "person_per_minute": 0}
    with StandingPlant(simulator, **settings) as plant:
        robot, app = plant.robot("值班群", url=here).service, plant.app("张三")
        plant.configured()
        found = []
        for fault in ("unknown", "refused", "untrusted", "reset", "silent", "drip"):
            name.port = ports[fault]
            plant.engine.http.close()  # no connection from before
            good.taken.clear()
            plant.alarm(fault)
            waiting = list(Delivery.objects.order_by("-id")[:2])
            assert [one.state for one in waiting] == ["pending", "pending"]
            assert not good.taken
            name.port = ports["good"]
            plant.pass_until(lambda: not Delivery.objects.exclude(state="sent").exists())
            found += [(fault, *_first_try(service)) for service in (robot.id, app.id)]
            assert good.taken.count(b"/robot/send") == 1
            assert good.taken.count(b"/v1.0/robot/oToMessages/batchSend") == 1
    assert found == [
        ("unknown", "dns_failed", "retry", 5.0, 2),
        ("unknown", "dns_failed", "retry", 5.0, 2),
        ("refused", "connection_refused", "retry", 5.0, 2),
        ("refused", "connection_refused", "retry", 5.0, 2),
        ("untrusted", "tls_failed", "retry", 10.0, 2),
        ("untrusted", "tls_failed", "retry", 10.0, 2),
        # From here on the other side may have taken it: the robot's msgUuid, or one repetition to a person.
        ("reset", "connection_reset", "unknown", 1.0, 2),
        ("reset", "connection_reset", "unknown", 1.0, 2),
        ("silent", "timeout", "unknown", 1.0, 2),
        ("silent", "timeout", "unknown", 1.0, 2),
        ("drip", "timeout", "unknown", 1.0, 2),
        ("drip", "timeout", "unknown", 1.0, 2),
    ]


def _first_try(service_id: int) -> tuple[str, str, float, int]:
    """(reason, verdict, wait in seconds, tries) of its newest message."""
    send = Send.objects.filter(service_id=service_id).order_by("-created_us")[0]
    attempts = list(Attempt.objects.filter(send_id=send.id).order_by("id"))
    return attempts[0].reason, attempts[0].verdict, (attempts[1].at_us - attempts[0].at_us) / SECOND, len(attempts)
