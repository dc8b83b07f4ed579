"""Every way in which the network fails before or after a call was taken: reason, wait, and one message in the end.

One host name, of which the test says where it leads: to a server that fails in its own way, or to a good one.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dingbell.channels.http import Http
from dingbell.delivery.models import Attempt, Delivery, Send
from dingbell.pipeline import engine
from dingbell.storage.times import SECOND
from dingtalk_simulator.running import RunningSimulator
from tests.channels.exchanges import drip, once, reset
from tests.channels.servers import RawServer, answer, certificate, read_request
from tests.pipeline.fault_rows import NETWORK_FAULTS
from tests.pipeline.standing import StandingPlant

HOST = "dingtalk.invalid"
DEADLINE_S = 2.0
JSON = "Content-Type: application/json\r\n"
ANSWERS = {
    b"/robot/send": b'{"errcode":0,"errmsg":"ok"}',
    b"/v1.0/oauth2/accessToken": b'{"accessToken":"an-access-token-0123456789","expireIn":7200}',
    b"/v1.0/robot/oToMessages/batchSend": b'{"processQueryKey":"key"}',
}


Place = tuple[str, int] | None


class Name:
    """The host name, and where it leads now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.leads_to: Place = None  # None: nobody knows the name
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def _look_up(self, host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != HOST:
            return self._resolve(host, port, *rest, **more)
        if self.leads_to is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._resolve(*self.leads_to, *rest, **more)


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


@contextmanager
def nobody_accepts() -> Iterator[int]:
    """The port of a server that is too busy to take a connection: all that may wait for it do."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        while True:
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.3)
            try:
                waiting.connect(server.getsockname())
            except TimeoutError:
                break
        yield int(server.getsockname()[1])


@pytest.fixture
def trust(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for the name, to be trusted, and the context of its server."""
    (tmp_path / "trusted").mkdir()
    return certificate(tmp_path / "trusted", names=(HOST,))


@pytest.fixture
def places(tmp_path: Path, trust: tuple[Path, ssl.SSLContext]) -> Iterator[tuple[dict[str, Place], Good]]:
    """Where the name leads for each fault, and for the good server."""
    (tmp_path / "other").mkdir()
    _, untrusted = certificate(tmp_path / "other", names=(HOST,))
    tls = trust[1]
    good, over = Good(), threading.Event()
    handlers: dict[str, tuple[Callable[[socket.socket], object], Any]] = {
        "good": (good, tls),
        "untrusted": (good, untrusted),
        "reset": (reset, tls),
        "silent": (partial(silent, over), tls),
        "drip": (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "), tls),
        "other": (once(b"220 mail.example ESMTP\r\n"), tls),
        "endless": (once(answer(b" " * 300_000, headers=JSON)), tls),
    }
    with ExitStack() as stack, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and nobody listens
        found: dict[str, Place] = {
            "unknown": None,
            "refused": ("127.0.0.1", int(closed.getsockname()[1])),
            "unreachable": ("224.0.0.1", 443),  # a group of computers: no connection leads there
            "full": ("127.0.0.1", stack.enter_context(nobody_accepts())),
        }
        for name, (handler, context) in handlers.items():
            found[name] = "127.0.0.1", stack.enter_context(RawServer(handler, context)).port
        yield found, good
        over.set()


def test_a_message_gets_through_once_whatever_the_network_did_before(
    transactional_db: None,
    simulator: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    places: tuple[dict[str, Place], Good],
    trust: tuple[Path, ssl.SSLContext],
) -> None:
    name, (where, good) = Name(monkeypatch), places
    monkeypatch.setattr(engine, "Http", partial(Http, total_deadline_s=DEADLINE_S))
    here = f"https://{HOST}"
    settings = {"ca_file": str(trust[0]), "webhook_hosts": (HOST,), "dingtalk_api_url": here}
    no_limits = {"robot_per_minute": 0, "person_per_minute": 0}
    faults = [fault for fault in NETWORK_FAULTS if fault in where]
    with StandingPlant(simulator, **settings, **no_limits) as plant:
        robot, app = plant.robot("值班群", url=here).service, plant.app("张三")
        plant.configured()
        found = []
        for fault in faults:
            name.leads_to = where[fault]
            plant.engine.http.close()  # no connection from before
            good.taken.clear()
            plant.alarm(fault)
            waiting = list(Delivery.objects.order_by("-id")[:2])
            assert [one.state for one in waiting] == ["pending", "pending"], fault
            assert not good.taken
            name.leads_to = where["good"]
            plant.pass_until(lambda: not Delivery.objects.exclude(state="sent").exists())
            found += [(fault, _first_try(service)) for service in (robot.id, app.id)]
            assert good.taken.count(b"/robot/send") == 1
            assert good.taken.count(b"/v1.0/robot/oToMessages/batchSend") == 1
    assert found == [(fault, (*NETWORK_FAULTS[fault], 2)) for fault in faults for _ in ("robot", "person")]


class Proxy:
    """Opens the way when it `works`; what is asked for then is answered by `good`."""

    def __init__(self, good: Good, tls: ssl.SSLContext) -> None:
        self.works = False
        self._good = good
        self._tls = tls

    def __call__(self, peer: socket.socket) -> None:
        read_request(peer)
        if not self.works:
            peer.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._tls.wrap_socket(peer, server_side=True) as inside:
            self._good(inside)


def test_a_message_gets_through_once_when_the_proxy_works_again(
    transactional_db: None, simulator: RunningSimulator, trust: tuple[Path, ssl.SSLContext]
) -> None:
    certificate_file, tls = trust
    good = Good()
    way, here = Proxy(good, tls), f"https://{HOST}"
    with RawServer(way) as server:
        settings = {"ca_file": str(certificate_file), "webhook_hosts": (HOST,), "dingtalk_api_url": here}
        with StandingPlant(simulator, proxy=server.url, **settings) as plant:
            services = plant.robot("值班群", url=here).service, plant.app("张三")
            plant.configured()
            plant.alarm("泵停")
            assert not Delivery.objects.exclude(state="pending").exists()
            way.works = True
            plant.pass_until(lambda: not Delivery.objects.exclude(state="sent").exists())
            found = [_first_try(service.id) for service in services]
    assert found == [(*NETWORK_FAULTS["proxy"], 2)] * 2
    assert sorted(good.taken) == sorted(ANSWERS)


def _first_try(service_id: int) -> tuple[str, str, float, int]:
    """(reason, verdict, wait in seconds, tries) of its newest message."""
    send = Send.objects.filter(service_id=service_id).order_by("-created_us")[0]
    attempts = list(Attempt.objects.filter(send_id=send.id).order_by("id"))
    return attempts[0].reason, attempts[0].verdict, (attempts[1].at_us - attempts[0].at_us) / SECOND, len(attempts)
