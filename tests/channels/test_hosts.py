from __future__ import annotations

import pytest

from dingbell.channels.hosts import Hosts

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
