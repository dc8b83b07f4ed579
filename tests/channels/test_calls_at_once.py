"""Many calls in event loops, and from threads beside them."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from dingbell.channels import connection, idle, network
from dingbell.channels.http import Http, NetworkError
from tests.channels.exchanges import OK, TOKEN, http
from tests.channels.loops import LOOPS
from tests.channels.servers import RawServer, always, answer, read_request


@pytest.fixture(params=LOOPS, ids=lambda made: made.__module__)
def runner(request: pytest.FixtureRequest) -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=request.param) as made:
        yield made


class Slow:
    """Answers each request after a while, and counts how many wait at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at_once = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, peer: socket.socket) -> None:
        while read_request(peer):
            with self._lock:
                self.at_once += 1
                self.most = max(self.most, self.at_once)
            time.sleep(self.seconds)
            with self._lock:
                self.at_once -= 1
            peer.sendall(OK)


async def post(client: Http, url: str) -> int:
    return (await client.exchange("POST", f"{url}/robot/send?access_token={TOKEN}", b"{}")).status


def test_a_hundred_calls_wait_side_by_side_and_their_connections_are_kept(runner: asyncio.Runner) -> None:
    client, handler = http(), Slow(0.3)

    async def all_at_once(count: int) -> list[int]:
        return await asyncio.gather(*(post(client, server.url) for _ in range(count)))

    with RawServer(handler) as server:
        assert runner.run(all_at_once(100)) == [200] * 100
        assert handler.most > 50
        assert runner.run(all_at_once(64)) == [200] * 64
        assert server.connections == 100  # none was opened for those
        client.close()


def test_a_call_given_up_takes_its_connection_with_it(runner: asyncio.Runner) -> None:
    """Its answer would come to the next one."""
    client = http()

    async def give_up() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await post(client, slow.url)
        return await post(client, slow.url)

    with RawServer(Slow(0.5)) as slow:
        assert runner.run(give_up()) == 200
        assert slow.connections == 2


@pytest.mark.parametrize("surplus", [OK, b"HT", b"220 mail\r\n"], ids=["another answer", "a piece", "mail"])
@pytest.mark.parametrize("pause_s", [0.0, 0.05], ids=["at once", "later"])
def test_what_was_not_asked_for_is_no_answer(runner: asyncio.Runner, surplus: bytes, pause_s: float) -> None:
    def handle(peer: socket.socket) -> None:
        while read_request(peer):
            if pause_s:
                peer.sendall(answer(b"asked"))
                time.sleep(pause_s)
                peer.sendall(surplus)
            else:
                peer.sendall(answer(b"asked") + surplus)

    async def twice() -> list[bytes]:
        found = []
        for _ in range(2):
            found.append((await client.exchange("POST", server.url, b"{}")).body)
            await asyncio.sleep(0.15)
        return found

    client = http()
    with RawServer(handle) as server:
        assert runner.run(twice()) == [b"asked"] * 2
        assert server.connections == 2


def test_a_connection_closed_while_the_loop_was_busy_is_not_used(runner: asyncio.Runner) -> None:
    """The loop has not read yet that the other side is gone; what is written then is lost."""
    closed = threading.Event()

    def handle(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(OK)
        peer.close()
        closed.set()

    async def again_and_again() -> None:
        for _ in range(20):
            closed.clear()
            assert await post(client, server.url) == 200
            assert closed.wait(5)  # which holds the loop up
            time.sleep(0.005)

    client = http()
    with RawServer(handle) as server:
        runner.run(again_and_again())
        assert server.connections == 20


def test_sixty_threads_and_a_loop_use_one_client() -> None:
    client = http()

    async def many() -> list[int]:
        return [await post(client, server.url) for _ in range(50)]

    with RawServer(always(OK)) as server, ThreadPoolExecutor(60) as threads:
        replies = [threads.submit(client.post_json, server.url, b"{}") for _ in range(600)]
        assert asyncio.run(many()) == [200] * 50
        for one in range(600):
            if one % 100 == 0:
                client.close()
            assert replies[one].result(10).status == 200
        client.close()


def test_closing_from_another_thread_closes_the_connections_of_a_loop(runner: asyncio.Runner) -> None:
    client, ended = http(), threading.Event()

    def handle(peer: socket.socket) -> None:
        while read_request(peer):
            peer.sendall(OK)
        ended.set()

    async def close_elsewhere() -> int:
        await post(client, server.url)
        await asyncio.to_thread(client.close)
        assert await asyncio.to_thread(ended.wait, 5)
        return await post(client, server.url)

    with RawServer(handle) as server:
        assert runner.run(close_elsewhere()) == 200
        assert server.connections == 2


def test_connections_that_grow_old_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "IDLE_S", 0.1)
    monkeypatch.setattr(idle, "IDLE_S", 0.1)
    ended = threading.Semaphore(0)

    def handle(peer: socket.socket) -> None:
        while read_request(peer):
            peer.sendall(OK)
        ended.release()

    client = http()
    with RawServer(handle) as server:
        assert client.post_json(server.url, b"{}").status == 200
        assert ended.acquire(timeout=5)


class TestTheNetworkOfAProcess:
    def test_an_error_is_the_caller_s(self) -> None:
        async def fail() -> None:
            raise NetworkError("timeout", maybe_taken=True)

        with pytest.raises(NetworkError, match="timeout"):
            network.run(fail())

    def test_who_waits_for_nothing_gets_the_outcome_later(self) -> None:
        async def double(number: int) -> int:
            await asyncio.sleep(0)
            return 42 // number

        outcomes: list[Future[int]] = [Future(), Future()]
        for number, outcome in enumerate(outcomes):
            network.start(double(number), outcome)
        assert isinstance(outcomes[0].exception(10), ZeroDivisionError)
        assert outcomes[1].result(10) == 42

    def test_its_own_thread_must_not_wait_for_it(self) -> None:
        async def nothing() -> None: ...

        async def wait_for_itself() -> None:
            network.run(nothing())

        with pytest.raises(RuntimeError, match="wait for itself"):
            network.run(wait_for_itself())


_ENDS = """
import asyncio, sys, threading, time
from concurrent.futures import CancelledError
from contextlib import suppress
from dingbell.channels.http import Http
{loop}
http = Http(oapi_url="{url}", total_deadline_s=5)

async def call():
    waiting = asyncio.create_task(http.exchange("GET", "{url}/slow"))
    for _ in range(3):
        assert (await http.exchange("POST", "{url}/robot/send", b"{{}}")).status == 200
    await asyncio.sleep(0.1)

with asyncio.Runner(loop_factory=factory) as runner:
    runner.run(call())
assert http.request("GET", "{url}/").status == 200

def wait():
    with suppress(CancelledError):
        http.request("GET", "{url}/slow")

threading.Thread(target=wait, daemon=True).start()
if {late}:
    time.sleep(0.5)  # else it may come when the loop is closed
"""


@pytest.mark.parametrize("loop", ["factory = None", "from uvloop import new_event_loop as factory"])
@pytest.mark.parametrize("late", [True, False], ids=["in a call", "before a call"])
def test_a_process_ends_without_a_word(loop: str, *, late: bool) -> None:
    """Connections, loops and calls that were open then are nothing to complain about."""
    if "uvloop" in loop and sys.platform == "win32":
        pytest.skip("no uvloop on Windows")

    def handle(peer: socket.socket) -> None:
        while request := read_request(peer):
            if b"/slow" in request:
                time.sleep(10)
            peer.sendall(OK)

    with RawServer(handle) as server:
        program = _ENDS.format(loop=loop, url=server.url, late=late)
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", program],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


class TestNames:
    @pytest.fixture
    def resolver(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[str], dict[str, Any]]]:
        """Which names were looked up, and where they lead; "hangs.example" is not answered before the test ends."""
        asked: list[str] = []
        leads: dict[str, Any] = {}
        over = threading.Event()
        ask = socket.getaddrinfo

        def look_up(host: str, port: int, *rest: Any, **more: Any) -> Any:
            if not host.endswith(".example"):
                return ask(host, port, *rest, **more)
            if more.get("flags"):
                raise socket.gaierror(socket.EAI_NONAME, "not a number")
            asked.append(host)
            if host == "hangs.example":
                over.wait(20)
            return leads[host]() if host in leads else ask("127.0.0.1", port, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        yield asked, leads
        over.set()

    def test_one_that_hangs_holds_up_neither_the_loop_nor_others(
        self, resolver: tuple[list[str], dict[str, Any]], runner: asyncio.Runner
    ) -> None:
        client = http("hangs.example", "works.example", seconds=2.0)

        async def both(port: int) -> list[object]:
            hanging = [asyncio.create_task(post(client, f"http://hangs.example:{port}")) for _ in range(100)]
            await asyncio.sleep(0.05)
            started = time.monotonic()
            assert await post(client, f"http://works.example:{port}") == 200
            assert time.monotonic() - started < 1.8, "the others hang for two seconds"
            return await asyncio.gather(*hanging, return_exceptions=True)

        with RawServer(always(OK)) as server:
            failures = runner.run(both(server.port))
        assert {(f.reason, f.maybe_taken) for f in failures if isinstance(f, NetworkError)} == {("dns_failed", False)}
        assert len(failures) == 100
        assert resolver[0] == ["hangs.example", "works.example"]  # all who ask at once share one look-up

    def test_a_dead_address_leaves_time_for_the_next(
        self, resolver: tuple[list[str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A listener whose queue is full takes no connection and refuses none, as a dead route."""
        client = http("two.example", seconds=3.0)
        with RawServer(always(OK)) as server, socket.create_server(("127.0.0.2", server.port), backlog=0) as dead:
            full = [socket.socket() for _ in range(4)]
            for one in full:
                one.setblocking(False)
                one.connect_ex(dead.getsockname())
            kinds = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            resolver[1]["two.example"] = lambda: [
                (*kinds, ("127.0.0.2", server.port)), (*kinds, ("127.0.0.1", server.port)),
            ]  # fmt: skip
            started = time.monotonic()
            assert client.post_json(f"http://two.example:{server.port}", b"{}").status == 200
            assert 1 < time.monotonic() - started < 2.5
            for one in full:
                one.close()
            client.close()
