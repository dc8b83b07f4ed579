from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from dingbell.channels import network
from dingbell.channels.base import Verdict
from dingbell.channels.dingtalk.token import App, TokenError, Tokens
from dingbell.channels.http import Http
from tests.channels.servers import RawServer, answer, read_request

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
APP = App("dingalarm0001", "client-secret-0123456789abcdef")


class TokenServer(RawServer):
    """Gives t1, t2, … and keeps what was asked; `fields` are laid over each answer, `status` is its status."""

    def __init__(self, delay_s: float = 0.0, status: str = "200 OK", **fields: Any) -> None:
        super().__init__(self._serve)
        self.asked: list[dict[str, str]] = []
        self.fields = fields
        self.status = status
        self.at_once = 0
        self.most_at_once = 0
        self._delay_s = delay_s
        self._numbers = count(1)
        self._lock = threading.Lock()

    def _serve(self, peer: socket.socket) -> None:
        while request := read_request(peer):
            with self._lock:
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
                self.asked.append(json.loads(request.partition(b"\r\n\r\n")[2]))
                fields = {"accessToken": f"t{next(self._numbers)}", "expireIn": 7200, **self.fields}
            time.sleep(self._delay_s)
            with self._lock:
                self.at_once -= 1
            given = {key: value for key, value in fields.items() if value is not None}
            peer.sendall(answer(json.dumps(given).encode(), self.status))

    @property
    def http(self) -> Http:
        return Http(api_url=self.url)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def got(tokens: Tokens, http: Http, app: App, now: datetime) -> str:
    return network.run(tokens.get(http, app, now))


def test_twenty_threads_make_one_fetch() -> None:
    tokens = Tokens()
    with TokenServer(delay_s=0.2) as server, ThreadPoolExecutor(20) as threads:
        http = server.http
        found = set(threads.map(lambda _: got(tokens, http, APP, NOW), range(20)))
        assert found == {"t1"}
        assert server.asked == [{"appKey": APP.client_id, "appSecret": APP.client_secret}]


def test_twenty_threads_share_one_failure() -> None:
    """If each waited for a fetch of its own, the last would wait twenty time-outs."""
    tokens = Tokens()
    with TokenServer(delay_s=0.2, status="503 Busy", accessToken=None) as server, ThreadPoolExecutor(20) as threads:
        http = server.http

        def reason(_: int) -> str:
            with pytest.raises(TokenError) as caught:
                got(tokens, http, APP, NOW)
            return caught.value.result.reason

        started = time.monotonic()
        assert set(threads.map(reason, range(20))) == {"server_error"}
        assert time.monotonic() - started < 3, "one after another would be four seconds"
        assert len(server.asked) <= 2


def test_who_goes_leaves_the_fetch_to_the_others() -> None:
    """Also the first, and from whatever event loop."""
    tokens = Tokens()

    async def go_and_stay(http: Http) -> list[object]:
        waiting = [asyncio.create_task(tokens.get(http, APP, NOW)) for _ in range(3)]
        await asyncio.sleep(0.1)
        waiting[0].cancel()
        waiting[1].cancel()
        return await asyncio.gather(*waiting, return_exceptions=True)

    with TokenServer(delay_s=0.4) as server, ThreadPoolExecutor(2) as threads:
        http = server.http
        loops = [threads.submit(asyncio.run, go_and_stay(http)) for _ in range(2)]
        for loop in loops:
            first, second, third = loop.result(10)
            assert isinstance(first, asyncio.CancelledError)
            assert isinstance(second, asyncio.CancelledError)
            assert third == "t1"
        assert len(server.asked) == 1


def test_apps_do_not_wait_for_each_other() -> None:
    tokens = Tokens()
    with TokenServer(delay_s=0.3) as server, ThreadPoolExecutor(4) as threads:
        http = server.http
        apps = [App(f"ding{n}", "secret") for n in range(4)]
        found = list(threads.map(lambda app: got(tokens, http, app, NOW), apps))
        assert len(set(found)) == 4
        assert server.most_at_once > 1


@pytest.mark.parametrize(
    ("expire_in", "kept_s"),
    [
        (7200, 6600),
        ("7200", 6600),
        (3600, 3000),
        (60, 30),
        (0, 6600),
        (-1, 6600),
        (None, 6600),
        ("soon", 6600),
        (10**400, 24 * 3600 - 600),
    ],
)
def test_a_token_is_kept_as_long_as_the_server_says(expire_in: object, kept_s: int) -> None:
    tokens = Tokens()
    with TokenServer(expireIn=expire_in) as server:
        http = server.http
        assert got(tokens, http, APP, NOW) == "t1"
        assert got(tokens, http, APP, later(kept_s - 1)) == "t1"
        assert got(tokens, http, APP, later(kept_s)) == "t2"


def test_a_failed_early_refresh_leaves_the_old_token_in_use() -> None:
    tokens = Tokens()
    with TokenServer() as server:
        http = server.http
        assert got(tokens, http, APP, NOW) == "t1"
        server.status = "503 Busy"
        assert got(tokens, http, APP, later(6700)) == "t1"
        with pytest.raises(TokenError) as caught:
            got(tokens, http, APP, later(7200))
        assert caught.value.result.verdict is Verdict.RETRY
        server.status = "200 OK"
        assert got(tokens, http, APP, later(7201)).startswith("t")


def test_a_changed_secret_is_another_token() -> None:
    tokens = Tokens()
    with TokenServer() as server:
        http = server.http
        assert got(tokens, http, APP, NOW) == "t1"
        assert got(tokens, http, App(APP.client_id, "new"), NOW) == "t2"
        assert got(tokens, http, APP, NOW) == "t1"


def test_forgetting_spares_a_newer_token() -> None:
    tokens = Tokens()
    with TokenServer() as server:
        http = server.http
        got(tokens, http, APP, NOW)
        tokens.forget(APP, "t1")
        assert got(tokens, http, APP, NOW) == "t2"
        tokens.forget(APP, "t1")
        assert got(tokens, http, APP, NOW) == "t2"
        tokens.forget(App("nobody", "x"), "t1")


def test_a_dead_network_is_named() -> None:
    with TokenServer() as server:
        http = server.http
    with pytest.raises(TokenError) as caught:
        got(Tokens(), http, APP, NOW)
    assert (caught.value.result.verdict, caught.value.result.reason) == (Verdict.RETRY, "connection_refused")


def test_the_secret_is_in_no_text() -> None:
    message = f"wrong appSecret {APP.client_secret}"
    with TokenServer(status="400 Bad Request", code="something.new", message=message) as server:
        with pytest.raises(TokenError) as caught:
            got(Tokens(), server.http, APP, NOW)
        assert APP.client_secret not in caught.value.result.text
        assert "wrong appSecret" in caught.value.result.text
    assert APP.client_secret not in repr(APP)
