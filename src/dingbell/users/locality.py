"""Whether a request was made on this very machine, by a person in front of it.

Only such a request may make the first admin without the code printed at start, so every doubt means no:
a proxy in between (its peer address is local too), and a foreign page that reaches us under a name it made
point here (DNS rebinding). Where proxies are trusted every request means no: one of them may forward without a word,
and whom it names as its client is not our peer.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

_FORWARDING = {
    "FORWARDED",
    "VIA",
    "X_REAL_IP",
    "X_CLIENT_IP",
    "X_CLUSTER_CLIENT_IP",
    "X_ORIGINAL_HOST",
    "X_PROXYUSER_IP",
    "CLIENT_IP",
    "TRUE_CLIENT_IP",
    "FASTLY_CLIENT_IP",
    "FLY_CLIENT_IP",
    "CDN_LOOP",
}
_FORWARDING_PREFIXES = ("X_FORWARDED", "X_ENVOY", "X_AZURE", "X_APPENGINE", "CF_", "PROXY")


def is_local(request: HttpRequest) -> bool:
    return (
        not settings.TRUSTED_PROXIES
        and _peer_is_this_machine(request)
        and not any(_tells_of_a_proxy(name) for name in request.META)
        and _host_names_this_machine(request.META.get("HTTP_HOST", ""))
    )


def _peer_is_this_machine(request: HttpRequest) -> bool:
    peer = _address(request.META.get("REMOTE_ADDR", ""))
    if peer is None:
        return False
    scope: dict[str, Any] = getattr(request, "scope", {})
    if scope.get("http_version") == "1.0":
        return False  # no browser speaks it, a reverse proxy left to its defaults (nginx) does
    server = _address((scope.get("server") or ("",))[0] or "")
    return peer.is_loopback or peer == server


def _tells_of_a_proxy(name: str) -> bool:
    header = name.removeprefix("HTTP_")
    return header != name and (header in _FORWARDING or header.startswith(_FORWARDING_PREFIXES))


def _host_names_this_machine(host: str) -> bool:
    name = _without_port(host).rstrip(".").lower()
    if not name:
        return False
    own = socket.gethostname().lower()
    return name in {"localhost", own, own.partition(".")[0]} or _address(name) is not None


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
