from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from dingbell.channels.hosts import Hosts, endpoint, split

PLANT = Hosts(
    oapi_url="https://zw.example.cn:8443/",
    api_url="http://10.1.2.3:9000",
    extra=("simulator", "Ding.Plant.example:8090", "[::1]:8091"),
)


@pytest.mark.parametrize(
    "url",
    [
        "https://oapi.dingtalk.com/robot/send",
        "https://oapi.dingtalk.com:443/robot/send",
        "https://OAPI.dingtalk.com./robot/send",
        "https://api.dingtalk.io/v1.0",
        "https://zw.example.cn:8443/robot/send",
        "http://10.1.2.3:9000/v1.0",
        "http://simulator:1/robot/send",
        "https://simulator/robot/send",
        "http://ding.plant.example:8090/robot/send",
        "http://[::1]:8091/robot/send",
    ],
)
def test_allowed(url: str) -> None:
    assert PLANT.refusal(url) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://oapi.dingtalk.com/robot/send", "http_not_allowed"),
        ("http://oapi.dingtalk.com:443/robot/send", "http_not_allowed"),
        ("https://oapi.dingtalk.com:8443/robot/send", "host_not_allowed"),
        ("https://zw.example.cn/robot/send", "host_not_allowed"),
        ("http://zw.example.cn:8443/robot/send", "host_not_allowed"),
        ("https://10.1.2.3:9000/", "host_not_allowed"),
        ("http://ding.plant.example:8091/", "host_not_allowed"),
        ("http://127.0.0.1/", "host_not_allowed"),
        ("http://169.254.169.254/latest", "host_not_allowed"),
        ("https://oapi.dingtalk.com.evil.example/", "host_not_allowed"),
        ("https://evil.example/?https://oapi.dingtalk.com/", "host_not_allowed"),
        ("https://evil.example#@oapi.dingtalk.com/", "host_not_allowed"),
        ("https://oapi.dingtalk.com@evil.example/", "address_invalid"),
        ("https://evil.example\\@oapi.dingtalk.com/", "address_invalid"),
        ("https://oapi.dingtalk.com\r\nHost: evil/", "address_invalid"),
        ("https://oapi。dingtalk。com/", "address_invalid"),
        ("https://oapi.dingtalk.com:443@evil.example/", "address_invalid"),
        ("https://@oapi.dingtalk.com/", "address_invalid"),
        ("https://oapi.dingtalk.com%2eevil.example/", "address_invalid"),
        ("https://[::1%25eth0]/", "address_invalid"),
        ("https://[::1]evil.example/", "address_invalid"),
        ("https://oapi.dingtalk.com:443:80/", "address_invalid"),
        ("https://oapi.dingtalk.com:/", "address_invalid"),
        ("https://oapi.dingtalk.com:0/", "address_invalid"),
        ("https://.../", "address_invalid"),
        ("https:oapi.dingtalk.com/", "address_invalid"),
        ("https:///oapi.dingtalk.com/", "address_invalid"),
        ("file:///etc/passwd", "address_invalid"),
        ("//oapi.dingtalk.com/", "address_invalid"),
        ("", "address_invalid"),
        ("https://oapi.dingtalk.com:99999/", "address_invalid"),
    ],
)
def test_refused(url: str, reason: str) -> None:
    assert PLANT.refusal(url) == reason


def test_a_base_url_must_be_one() -> None:
    with pytest.raises(ValueError, match="oapi_url"):
        Hosts(oapi_url="oapi.dingtalk.com")


_PIECES = st.sampled_from(
    [
        *"https:/?#@[].%-_a1",
        "://",
        "http",
        "https",
        "//",
        "oapi.dingtalk.com",
        "evil.example",
        ":443",
        "::1",
        "%40",
        "..",
    ]
)


@given(st.lists(_PIECES, max_size=12).map("".join), st.sampled_from(["", "https://", "http://", "HTTPS://a"]))
def test_whatever_is_read_is_read_alike_by_others(rest: str, start: str) -> None:
    """Nobody between us and DingTalk sees another host in an address that we accept."""
    parts = split(start + rest)
    if parts is None:
        return
    theirs = urlsplit(start + rest)
    assert (theirs.scheme, theirs.hostname, theirs.port) == (parts.scheme, parts.host.strip("[]"), parts.port)
    try:
        found = parse_url(start + rest)
    except LocationParseError:
        return  # stricter still
    assert (found.scheme, found.host, found.port, found.auth) == (parts.scheme, parts.host, parts.port, None)
    assert endpoint(parts)[1]
