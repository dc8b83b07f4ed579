from __future__ import annotations

import asyncio.events
import socket
from collections.abc import Iterator

import pytest

from dingbell.channels.http import Http
from dingtalk_simulator.running import RunningSimulator
from tests.channels.dingtalk import DingTalk


@pytest.fixture(autouse=True)
def beside_playwright() -> Iterator[None]:
    """Where a page was opened before, Playwright's loop sleeps in this thread and counts as running: no other could."""
    asleep = asyncio.events._get_running_loop()
    asyncio.events._set_running_loop(None)
    yield
    asyncio.events._set_running_loop(asleep)


@pytest.fixture(scope="session")
def http(running_simulator: RunningSimulator) -> Iterator[Http]:
    """One for all tests, as in the product: reading the system's certificates takes its time."""
    http = Http(oapi_url=running_simulator.url, api_url=running_simulator.url, total_deadline_s=1.0)
    yield http
    http.close()


@pytest.fixture
def dingtalk(simulator: RunningSimulator, http: Http) -> DingTalk:
    return DingTalk(simulator, http)


@pytest.fixture
def unused_port() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
