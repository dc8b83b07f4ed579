from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from dingbell.channels.http import Http
from dingtalk_simulator.running import RunningSimulator
from tests.channels.dingtalk import DingTalk


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
