"""The plant's proxy: where it is, and how it is asked."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote

from dingbell.channels.hosts import Endpoint, endpoint, split


@dataclass(frozen=True, slots=True)
class Proxy:
    """`authorization` is a whole header line or ""."""

    endpoint: Endpoint
    authorization: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From a URL that may carry `user:password@`, percent-encoded, and may lack its scheme. Raises ValueError."""
        scheme, _, rest = text.strip().rpartition("://")
        credentials, _, address = rest.rpartition("@")
        parts = split(f"{scheme or 'http'}://{address}")
        if parts is None:
            raise ValueError("the proxy is not an http(s) address")
        if not credentials:
            return cls(endpoint(parts), "")
        return cls(
            endpoint(parts), f"Proxy-Authorization: Basic {b64encode(unquote(credentials).encode()).decode()}\r\n"
        )

    def tunnel_request(self, to: Endpoint) -> bytes:
        _, host, port = to
        there = f"{host}:{port}"
        return f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\nUser-Agent: DingBell\r\n{self.authorization}\r\n".encode()
