"""加签: the vectors of dingtalk-api.md §1.3, the one-hour window, the usual mistakes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingtalk_simulator.robot import signature
from tests.simulator.caller import Caller

BODY = {"msgtype": "text", "text": {"content": "温度高"}}
NOT_MATCH = {"errcode": 310000, "errmsg": "sign not match"}
INVALID_TIME = {"errcode": 310000, "errmsg": "invalid timestamp"}


@pytest.mark.parametrize(
    ("timestamp", "sign"),
    [
        ("1700000000123", "lrMq5E54T40t3FfGVjxdvoqIbXlWY6mzkZYiVoI6emk="),
        ("1700000000001", "r4CWp/Dz+Ng0sbTjH1vB0Fr+uQ2fn831mssaN6/C05I="),
    ],
)
def test_vectors(timestamp: str, sign: str) -> None:
    assert signature("SECtest", timestamp) == sign


@given(secret=st.text(st.characters(exclude_categories=["Cs"])), timestamp=st.integers(0, 10**13))
def test_the_algorithm_for_any_secret(secret: str, timestamp: int) -> None:
    digest = hmac.digest(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256)
    assert signature(secret, str(timestamp)) == base64.b64encode(digest).decode()


def signed(secret: str = "SECtest", shift_s: float = 0) -> dict[str, str]:
    timestamp = str(round((time.time() + shift_s) * 1000))
    return {"timestamp": timestamp, "sign": signature(secret, timestamp)}


def test_a_signed_message_is_taken(dingtalk: Caller) -> None:
    dingtalk.robot(secret="SECtest")
    for _ in range(8):  # some signatures contain + or /
        assert dingtalk.send(BODY, **signed())["errcode"] == 0


def test_a_robot_without_secret_ignores_a_signature(dingtalk: Caller) -> None:
    dingtalk.robot()
    assert dingtalk.send(BODY, timestamp="1", sign="x")["errcode"] == 0


def test_wrong_missing_and_twice_encoded_signatures_do_not_match(dingtalk: Caller) -> None:
    dingtalk.robot(secret="SECtest")
    good = signed()
    assert dingtalk.send(BODY) == NOT_MATCH
    assert dingtalk.send(BODY, timestamp=good["timestamp"]) == NOT_MATCH
    assert dingtalk.send(BODY, sign=good["sign"]) == NOT_MATCH
    assert dingtalk.send(BODY, **signed("SECother")) == NOT_MATCH
    assert dingtalk.send(BODY, **{**good, "sign": quote(good["sign"], safe="")}) == NOT_MATCH
    assert dingtalk.send(BODY, **{**good, "timestamp": str(int(good["timestamp"]) + 1)}) == NOT_MATCH
    assert dingtalk.send({**BODY, **good}) == NOT_MATCH


@pytest.mark.parametrize(("shift_s", "answer"), [(-3590, 0), (3590, 0), (-3610, 310000), (3610, 310000)])
def test_the_timestamp_may_be_an_hour_off(dingtalk: Caller, shift_s: float, answer: int) -> None:
    dingtalk.robot(secret="SECtest")
    assert dingtalk.send(BODY, **signed(shift_s=shift_s))["errcode"] == answer


@pytest.mark.parametrize("timestamp", ["abc", "-1", "1.5", "١٢٣", "9" * 400])
def test_a_timestamp_that_is_no_time_is_invalid(dingtalk: Caller, timestamp: str) -> None:
    dingtalk.robot(secret="SECtest")
    query = {"timestamp": timestamp, "sign": signature("SECtest", timestamp)}
    assert dingtalk.send(BODY, **query) == INVALID_TIME


def test_seconds_instead_of_milliseconds_are_invalid(dingtalk: Caller) -> None:
    dingtalk.robot(secret="SECtest")
    timestamp = str(round(time.time()))
    assert dingtalk.send(BODY, timestamp=timestamp, sign=signature("SECtest", timestamp)) == INVALID_TIME


def test_dingtalks_clock_decides_not_the_callers(dingtalk: Caller) -> None:
    """A skewed clock refuses good signatures, shows in the Date header, and can be set right again."""
    dingtalk.robot(secret="SECtest")
    dingtalk.sim.post("/_sim/clock", {"skew_s": 7200})
    assert dingtalk.send(BODY, **signed()) == INVALID_TIME
    assert dingtalk.send(BODY, **signed(shift_s=7200))["errcode"] == 0
    dingtalk.sim.post("/_sim/clock", {"skew_s": 0})
    assert dingtalk.send(BODY, **signed())["errcode"] == 0
