"""Which addresses the product may call; all others are refused, so nobody aims it at the plant's network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

DINGTALK_HOSTS = frozenset({"oapi.dingtalk.com", "api.dingtalk.com", "oapi.dingtalk.io", "api.dingtalk.io"})
_DOUBTFUL = re.compile(r"[^!-~]|\\")
PORTS = {"http": 80, "https": 443}
Endpoint = tuple[str, str, int]  # scheme, host in lower case (IPv6 in brackets) and port


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
    """The parts of an absolute http(s) URL as the HTTP client itself reads them; None for anything doubtful.

    User information, a backslash, a space or a control character is doubtful: parsers disagree about them.
    """
    return None if is_doubtful(url) else _parse(url)


def is_doubtful(url: str) -> bool:
    """Whether a character stands in it that parsers disagree about."""
    return _DOUBTFUL.search(url) is not None


def address(url: str) -> Url | None:
    """`split` without the query, in which the calls to one robot differ: the rest is parsed once."""
    return None if is_doubtful(url) else _parse_once(url.partition("?")[0])


def _parse(url: str) -> Url | None:
    try:
        parts = parse_url(url)
    except LocationParseError:
        return None
    if parts.scheme not in PORTS or not parts.host or parts.auth is not None:
        return None
    return parts


_parse_once = lru_cache(4_096)(_parse)


def endpoint(parts: Url) -> Endpoint:
    """Its host without a trailing dot."""
    scheme = parts.scheme or ""
    return scheme, (parts.host or "").lower().rstrip("."), parts.port or PORTS[scheme]


def endpoint_of(url: str) -> Endpoint | None:
    parts = address(url)
    return None if parts is None else endpoint(parts)
