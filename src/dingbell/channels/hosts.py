"""Which addresses the product may call; all others are refused, so nobody aims it at the plant's network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DINGTALK_HOSTS = frozenset({"oapi.dingtalk.com", "api.dingtalk.com", "oapi.dingtalk.io", "api.dingtalk.io"})
_DOUBTFUL = re.compile(r"[^!-~]|\\")
# What RFC 3986 allows, without what parsers disagree about: user information, percent signs and zones in a host.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9_][a-z0-9_.-]*|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(\?(?P<query>[^#]*))?(#.*)?",
    re.IGNORECASE,
)
PORTS = {"http": 80, "https": 443}
Endpoint = tuple[str, str, int]  # scheme, host in lower case (IPv6 in brackets) and port


@dataclass(frozen=True, slots=True)
class Url:
    """`scheme` and `host` are in lower case, an IPv6 host in brackets; `path` may be ""."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def netloc(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Hosts:
    """The two base URLs of DingTalk and the extra hosts (`host` or `host:port`) a webhook may point to.

    Raises ValueError for a base URL that is none.
    """

    oapi_url: str = "https://oapi.dingtalk.com"
    api_url: str = "https://api.dingtalk.com"
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("oapi_url", "api_url"):
            object.__setattr__(self, name, getattr(self, name).strip().rstrip("/"))
            if split(getattr(self, name)) is None:
                raise ValueError(f"{name} is not an http(s) address")
        extra = (entry.strip().lower() for entry in self.extra)
        object.__setattr__(self, "extra", tuple(entry for entry in extra if entry))

    def refusal(self, url: str) -> str | None:
        """None if `url` may be called, else address_invalid, http_not_allowed or host_not_allowed."""
        parts = address(url)
        if parts is None:
            return "address_invalid"
        target = endpoint(parts)
        scheme, host, port = target
        if host in self.extra or f"{host}:{port}" in self.extra:
            return None
        if target in (endpoint_of(self.oapi_url), endpoint_of(self.api_url)):
            return None
        if host not in DINGTALK_HOSTS or port not in PORTS.values():
            return "host_not_allowed"
        return None if (scheme, port) == ("https", 443) else "http_not_allowed"


def split(url: str) -> Url | None:
    """The parts of an absolute http(s) URL; None for anything that parsers disagree about.

    The HTTP client takes the host it connects to from these very parts.
    """
    return None if is_doubtful(url) else _parse(url)


def is_doubtful(url: str) -> bool:
    """Whether a character stands in it that parsers disagree about."""
    return _DOUBTFUL.search(url) is not None


def address(url: str) -> Url | None:
    """`split` without the query, in which the calls to one robot differ: the rest is parsed once."""
    return None if is_doubtful(url) else _parse_once(url.partition("?")[0])


def _parse(url: str) -> Url | None:
    if (found := _URL.fullmatch(url)) is None:
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65_536:
        return None
    return Url(found["scheme"].lower(), found["host"].lower(), port, found["path"] or "", found["query"] or "")


_parse_once = lru_cache(4_096)(_parse)


def endpoint(parts: Url) -> Endpoint:
    """Its host without a trailing dot."""
    return parts.scheme, parts.host.rstrip("."), parts.port or PORTS[parts.scheme]


def endpoint_of(url: str) -> Endpoint | None:
    parts = address(url)
    return None if parts is None else endpoint(parts)
