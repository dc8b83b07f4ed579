"""Who has read a message, and taking messages back, over real HTTP to the simulator."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from dingbell.channels import network
from dingbell.channels.base import Form, Message, Verdict
from dingbell.channels.dingtalk import account, receipts
from dingbell.channels.dingtalk.recall import MAX_KEYS, RECALL_PATH, Recalled, recall
from dingbell.channels.dingtalk.receipts import READ_PATH, Receipt
from tests.channels.dingtalk import APP, TOKEN_PATH, DingTalk

HOUR_S = 3600


@pytest.fixture
def ready(dingtalk: DingTalk) -> DingTalk:
    dingtalk.add_app()
    for person in ("zhang", "li"):
        dingtalk.add_person(person)
    return dingtalk


def sent(dingtalk: DingTalk, *people: str) -> str:
    """The key of a message that went to them."""
    message = Message(Form.TEXT, "", "3号泵压力超高")
    result = dingtalk.to_people(account.body("ding1", people, *account.encode(message)))
    assert result.process_query_key
    return result.process_query_key


def asked(dingtalk: DingTalk, key: str) -> Receipt:
    return receipts.read_status(dingtalk.http, dingtalk.tokens, APP, "ding1", key, datetime.now(UTC))


def taken_back(dingtalk: DingTalk, *keys: str, robot_code: str = "ding1") -> Recalled:
    return recall(dingtalk.http, dingtalk.tokens, APP, robot_code, keys, datetime.now(UTC))


def test_each_person_has_read_it_or_not(ready: DingTalk) -> None:
    key = sent(ready, "zhang", "li")
    assert asked(ready, key).read == {"zhang": False, "li": False}
    ready.simulator.post("/_sim/read", {"user_id": "li"})
    receipt = asked(ready, key)
    assert (receipt.result.verdict, receipt.recalled) == (Verdict.SENT, False)
    assert receipt.read == {"zhang": False, "li": True}


@pytest.mark.parametrize(
    ("answer", "recalled", "read"),
    [
        ({"sendStatus": "SUCESS", "messageReadInfoList": [{"userId": "a", "readStatus": "READ"}]}, False, {"a": True}),
        ({"sendStatus": "PROCESSING"}, False, {}),
        ({"sendStatus": "PROCESSING", "messageReadInfoList": [{"userId": "a", "readStatus": "READ"}]}, False, {}),
        ({"sendStatus": "RECALLED", "messageReadInfoList": []}, True, {}),
        ({"sendStatus": "success", "messageReadInfoList": ["?", {}, {"userId": 7}]}, False, {"7": False}),
        ({"messageReadInfoList": None}, False, {}),
    ],
    ids=str,
)
def test_every_status_is_understood(
    ready: DingTalk, answer: dict[str, Any], recalled: bool, read: dict[str, bool]
) -> None:
    ready.fault(READ_PATH, times=1, body=answer)
    receipt = asked(ready, "k+/=")
    assert (receipt.result.verdict, receipt.recalled, receipt.read) == (Verdict.SENT, recalled, read)


@pytest.mark.parametrize(
    ("fault", "verdict", "reason"),
    [
        ({"status": 503}, Verdict.RETRY, "server_error"),
        ({"drop": True}, Verdict.RETRY, "connection_reset"),
        ({"delay_s": 1.5}, Verdict.RETRY, "timeout"),
        ({"body": "<html>"}, Verdict.HOLD, "answer_html"),
        ({"body": {"processQueryKey": "of another call"}}, Verdict.HOLD, "answer_unreadable"),
        ({"code": "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"}, Verdict.RETRY, "app_qps_limited"),
        ({"code": "Forbidden.AccessDenied.ApiCountLimitForOrg"}, Verdict.QUOTA, "api_quota_exhausted"),
        ({"code": "processQueryKey.expireTime"}, Verdict.RETRY, "receipt_unavailable"),
        ({"code": "unknown.send.result", "status": 400}, Verdict.RETRY, "send_result_unknown"),
    ],
    ids=str,
)
def test_a_question_without_an_answer(ready: DingTalk, fault: dict[str, Any], verdict: Verdict, reason: str) -> None:
    key = sent(ready, "zhang")
    ready.fault(READ_PATH, times=1, **fault)
    receipt = asked(ready, key)
    assert (receipt.result.verdict, receipt.result.reason, receipt.read) == (verdict, reason, {})


def test_a_day_later_nobody_knows(ready: DingTalk) -> None:
    key = sent(ready, "zhang")
    ready.simulator.post("/_sim/clock", {"advance_s": 25 * HOUR_S})
    assert asked(ready, key).result.reason == "receipt_unavailable"
    assert taken_back(ready, key).keys[key].reason == "recall_too_late"


def test_a_message_leaves_the_chat(ready: DingTalk) -> None:
    key, kept = sent(ready, "zhang", "li"), sent(ready, "li")
    recalled = taken_back(ready, key)
    assert (recalled.result.verdict, recalled.keys[key].verdict) == (Verdict.SENT, Verdict.SENT)
    assert asked(ready, key).recalled
    assert not asked(ready, kept).recalled
    assert taken_back(ready, key).keys[key].verdict is Verdict.SENT  # once more does no harm


def test_each_key_has_a_result(ready: DingTalk) -> None:
    good = sent(ready, "zhang")
    answer = {"successResult": [good], "failedResult": {"b": "brand.new.reason", "c": "not.allowed.robotCode"}}
    ready.fault(RECALL_PATH, times=1, body=answer)
    keys = taken_back(ready, good, "b", "c", "d").keys
    assert {key: (one.verdict, one.reason) for key, one in keys.items()} == {
        good: (Verdict.SENT, "ok"),
        "b": (Verdict.REFUSED_CONTENT, "recall_refused"),
        "c": (Verdict.REFUSED_CONFIGURATION, "recall_of_other_robot"),
        "d": (Verdict.RETRY, "recall_unanswered"),
    }
    assert (keys["b"].code, keys["b"].text) == ("brand.new.reason", "brand.new.reason")
    assert taken_back(ready, "never sent").keys["never sent"].reason == "sending_unknown_there"


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ({"drop_after_accept": True}, Verdict.UNKNOWN),
        ({"status": 503}, Verdict.UNKNOWN),
        ({"code": "Forbidden.AccessDenied.ApiCountLimitForOrg"}, Verdict.QUOTA),
        ({"body": "<html>"}, Verdict.HOLD),
    ],
    ids=str,
)
def test_a_recall_without_an_answer(ready: DingTalk, fault: dict[str, Any], verdict: Verdict) -> None:
    key = sent(ready, "zhang")
    ready.fault(RECALL_PATH, times=1, **fault)
    recalled = taken_back(ready, key)
    assert (recalled.result.verdict, dict(recalled.keys)) == (verdict, {})


def test_a_call_takes_twenty_keys() -> None:
    for keys in ([], ["k"] * (MAX_KEYS + 1)):
        with pytest.raises(ValueError, match="1 to 20 keys"):
            recall(None, None, APP, "ding1", keys, datetime.now(UTC))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", [READ_PATH, RECALL_PATH])
def test_a_refused_token_is_fetched_anew_and_no_secret_is_logged(
    ready: DingTalk, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = sent(ready, "zhang")
    ready.fault(path, times=1, code="InvalidAuthentication")
    result = asked(ready, key).result if path == READ_PATH else taken_back(ready, key).result
    assert result.verdict is Verdict.SENT
    assert ready.calls(TOKEN_PATH) == 2
    token = network.run(ready.tokens.get(ready.http, APP, datetime.now(UTC)))
    assert token not in caplog.text
    assert APP.client_secret not in caplog.text


def test_a_wrong_secret_is_said(ready: DingTalk) -> None:
    ready.fault(TOKEN_PATH, times=9, code="invalidClientIdOrSecret")
    assert asked(ready, "k").result.reason == "client_credentials_wrong"
    assert taken_back(ready, "k").result.reason == "client_credentials_wrong"
