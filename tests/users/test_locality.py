"""Who counts as sitting at the machine."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.test import RequestFactory, override_settings

from dingbell.users.locality import is_local


def seen(
    peer: str = "127.0.0.1", host: str = "localhost:8080", scope: dict[str, Any] | None = None, **headers: str
) -> bool:
    request = RequestFactory().get("/setup/", REMOTE_ADDR=peer, HTTP_HOST=host, headers=headers)
    request.scope = scope or {"server": ("127.0.0.1", 8080), "http_version": "1.1"}  # type: ignore[attr-defined]
    return is_local(request)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "192.168.1.20:8080"])
def test_a_loopback_peer_is_local(host: str) -> None:
    assert seen(host=host)
    assert seen(peer="::1", host=host)
    assert seen(peer="::ffff:127.0.0.1", host=host)


def test_the_machines_own_name_is_local() -> None:
    assert seen(host=f"{socket.gethostname()}:8080")
    assert seen(host=socket.gethostname().upper())


def test_the_machine_may_call_itself_by_its_own_address() -> None:
    own = {"server": ("192.168.1.20", 8080), "http_version": "1.1"}
    assert seen(peer="192.168.1.20", host="192.168.1.20:8080", scope=own)
    assert not seen(peer="192.168.1.21", host="192.168.1.20:8080", scope=own)


@pytest.mark.parametrize("peer", ["192.168.1.5", "172.17.0.1", "2001:db8::1", "", "unix:", "testclient"])
def test_another_machine_is_not(peer: str) -> None:
    assert not seen(peer=peer)


@pytest.mark.parametrize(
    "host", ["", "plant.example", "plant.example:8080", "localhost.evil.example", "127.0.0.1.nip.io"]
)
def test_a_foreign_name_that_points_here_is_not(host: str) -> None:
    assert not seen(host=host)


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Server",
        "Forwarded",
        "X-Real-IP",
        "Via",
        "CF-Connecting-IP",
        "True-Client-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "Proxy-Connection",
        "X-Envoy-External-Address",
    ],
)
def test_a_proxy_on_the_machine_gives_itself_away(header: str) -> None:
    assert not seen(**{header: "127.0.0.1"})
    assert not seen(**{header: ""})


def test_a_proxy_that_says_nothing_speaks_an_old_protocol() -> None:
    assert not seen(scope={"server": ("127.0.0.1", 8080), "http_version": "1.0"})


def test_where_proxies_are_trusted_nobody_is() -> None:
    assert seen()
    with override_settings(TRUSTED_PROXIES=("10.0.0.2",)):
        assert not seen()
        assert not seen(**{"X-Forwarded-For": "127.0.0.1"})


def test_headers_of_browsers_are_no_proxies() -> None:
    assert seen(
        **{"User-Agent": "Mozilla", "Accept-Language": "zh", "Origin": "http://localhost", "X-Requested-By": "x"}
    )


def test_without_the_servers_address_only_loopback_is_local() -> None:
    assert seen(scope={"server": None, "http_version": "1.1"})
    assert not seen(peer="192.168.1.20", scope={"server": None, "http_version": "1.1"})
