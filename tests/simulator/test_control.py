"""The control API, the list of messages, the clock, and starting and stopping."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from bench.ports import free_port

from dingtalk_simulator.ledger import Ledger, Message
from dingtalk_simulator.running import RunningSimulator, SimulatorError
from tests.simulator.caller import Caller

ROBOT = {"token": "t1", "name": "报警机器人", "group": "一车间值班群"}


def test_a_robot_comes_with_the_webhook_of_the_address_it_was_asked_at(dingtalk: Caller) -> None:
    made = dingtalk.robot(token="a b/+", secret="SECtest", keywords=["报警"], ip_whitelist=["127.0.0.1"])
    assert made["webhook"] == f"http://{dingtalk.host}/robot/send?access_token=a%20b%2F%2B"
    assert made["secret"] == "SECtest"
    assert made["ip_whitelist"] == ["127.0.0.1/32"]
    reply = dingtalk.call("POST", "/_sim/robots", ROBOT, Host="dingtalk.example.cn:8090")
    assert urlsplit(reply.json["webhook"]).netloc == "dingtalk.example.cn:8090"


def test_the_same_token_again_replaces_the_robot(dingtalk: Caller) -> None:
    dingtalk.robot(keywords=["报警"])
    assert dingtalk.text("x")["errcode"] == 310000
    dingtalk.robot()
    assert dingtalk.text("x")["errcode"] == 0


WRONG: list[tuple[str, object]] = [
    ("robots", {}),
    ("robots", {**ROBOT, "token": ""}),
    ("robots", {**ROBOT, "token": 7}),
    ("robots", {**ROBOT, "keyword": ["报警"]}),
    ("robots", {**ROBOT, "keywords": "报警"}),
    ("robots", {**ROBOT, "keywords": ["词"] * 11}),
    ("robots", {**ROBOT, "ip_whitelist": ["::1"]}),
    ("robots", {**ROBOT, "ip_whitelist": ["300.1.1.1"]}),
    ("robots", b'{"token": "\\ud800", "name": "x", "group": "x"}'),
    ("robots", b"{"),
    ("robots", b"[]"),
    ("robots", b""),
    ("apps", {"client_id": "x"}),
    ("apps", {"client_id": "x", "client_secret": "x", "robot_code": "x", "permissions": [1]}),
    ("users", {"user_id": "x", "name": "x"}),
    ("users", {"user_id": "x", "name": "x", "mobile": 139}),
    ("users", {"user_id": "x", "name": "x", "mobile": "1", "departments": ["1"]}),
    ("departments", {"dept_id": 1, "name": "x"}),
    ("clock", {}),
    ("clock", {"advance_s": -1}),
    ("clock", {"advance_s": 1e300}),
    ("clock", {"skew_s": "1"}),
    ("clock", b'{"skew_s": NaN}'),
    ("quota", {"webhook": -1}),
    ("quota", {"webhook": 1.5}),
    ("limits", {"qps": -1}),
    ("limits", {"qpm": 1}),
    ("read", {}),
]


@pytest.mark.parametrize(("path", "wrong"), WRONG)
def test_bad_input_is_400_with_a_text(dingtalk: Caller, path: str, wrong: object) -> None:
    reply = dingtalk.call("POST", f"/_sim/{path}", wrong)
    assert reply.status == 400
    assert reply.json["error"]
    with pytest.raises(SimulatorError, match="HTTP 400"):
        dingtalk.sim.post("/_sim/robots", {})


def test_null_is_the_same_as_absent(dingtalk: Caller) -> None:
    made = dingtalk.robot(secret=None, keywords=None, ip_whitelist=None)
    assert (made["secret"], made["keywords"]) == (None, [])


def test_answers_say_what_was_made(dingtalk: Caller) -> None:
    post = dingtalk.sim.post
    app = {"client_id": "c", "client_secret": "s", "robot_code": "r"}
    assert post("/_sim/apps", app) == {**app, "permissions": None, "visible_users": None}
    assert post("/_sim/users", {"user_id": "u", "name": "n", "mobile": "1"})["departments"] == [1]
    assert post("/_sim/faults", {"path": "/x", "status": 503, "times": 3})["times"] == 3
    assert post("/_sim/quota", {"webhook": 3000, "api": 5000})["api"] == 5000
    limits = {"robot_per_minute": 20, "person_per_minute": 0, "robot_body_bytes": 20_000, "msg_param_bytes": 15_000}
    assert post("/_sim/limits", {"qps": 0}) == {**limits, "qps": 0}
    assert post("/_sim/reset", {}) == {"reset": True}
    assert dingtalk.sim.stats()["quota"]["api"] is None


def test_messages_are_filtered_by_robot_person_and_time(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.robot("t2")
    dingtalk.text("一")
    dingtalk.sim.post("/_sim/clock", {"advance_s": 100})
    dingtalk.text("二", "t2")
    dingtalk.text("三")
    everything = dingtalk.sim.messages()
    assert [entry["text"] for entry in everything] == ["一", "二", "三"]
    assert [entry["text"] for entry in dingtalk.sim.messages(robot="t1")] == ["一", "三"]
    second = everything[1]["at"]
    assert [entry["text"] for entry in dingtalk.sim.messages(since=second)] == ["二", "三"]
    assert [entry["text"] for entry in dingtalk.sim.messages(since=second, robot="t2")] == ["二"]
    epoch = datetime.fromisoformat(second).timestamp()
    assert len(dingtalk.sim.messages(since=epoch)) == 2
    assert len(dingtalk.sim.messages(since=epoch + 50)) == 0
    unescaped = dingtalk.call("GET", f"/_sim/messages?since={second}").json["messages"]
    assert len(unescaped) == 2
    utc = quote(datetime.fromisoformat(second).astimezone().isoformat())
    assert len(dingtalk.call("GET", f"/_sim/messages?since={utc}").json["messages"]) == 2
    assert dingtalk.call("GET", "/_sim/messages?since=yesterday").status == 400
    assert dingtalk.sim.messages(user_id="nobody") == []


def test_odd_bodies_come_back_as_they_were(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.send(b'{"msgtype":"text","text":{"content":"\\ud800 \\" </script>"},"x":1e5}')
    dingtalk.send("不是 JSON".encode())
    first, second = dingtalk.sim.messages()
    assert first["body"]["text"]["content"] == first["text"] == '\ud800 " </script>'
    assert second["body"] == "不是 JSON"


def test_many_messages_are_listed_in_one_answer(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.sim.post("/_sim/limits", {"robot_per_minute": 0})
    for number in range(1001):  # one more than the chunk of the stream
        dingtalk.text(str(number))
    assert [entry["text"] for entry in dingtalk.sim.messages()] == [str(number) for number in range(1001)]


def test_the_ledger_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingtalk_simulator.ledger.KEPT_MESSAGES", 3)
    ledger = Ledger()
    for number in range(5):
        message = Message(number, "robot", "t", None, "text", "", str(number), b"{}", True, 0, True)
        ledger.add(message, "group:g")
    assert [message.text for message in ledger.select(None, None, None)] == ["2", "3", "4"]
    assert ledger.chat("group:g").unread == 5


def test_stats_count_calls_refusals_and_the_busiest_minute(dingtalk: Caller) -> None:
    dingtalk.robot()
    for _ in range(23):
        dingtalk.text()
    dingtalk.send({})
    stats = dingtalk.sim.stats()
    assert stats["requests"] == 24
    assert stats["delivered"] == 20
    assert stats["requests_by_path"] == {"/robot/send": 24}
    assert stats["refused"] == {"/robot/send": {"130101": 4}}
    assert stats["robots"]["t1"] == {"requests": 24, "delivered": 20, "lock_outs": 1, "max_per_minute": 24}


def test_every_answer_has_one_date_from_the_simulators_clock(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.sim.post("/_sim/clock", {"advance_s": 1000})
    dingtalk.sim.post("/_sim/clock", {"skew_s": 7200})
    asked: list[tuple[str, str, Any]] = [
        ("POST", "/robot/send?access_token=t1", {}),
        ("POST", "/v1.0/oauth2/accessToken", {}),
        ("GET", "/_sim/messages", None),
        ("GET", "/", None),
    ]
    for method, path, body in asked:
        reply = dingtalk.call(method, path, body)
        [date] = reply.values("date")
        assert abs(parsedate_to_datetime(date).timestamp() - time.time() - 8200) < 3
        assert reply.values("server") == []
    dingtalk.text()
    shown = datetime.fromisoformat(dingtalk.sim.messages()[-1]["at"]).timestamp()
    assert abs(shown - time.time() - 8200) < 3


def test_two_simulators_know_nothing_of_each_other_and_stop(dingtalk: Caller) -> None:
    dingtalk.robot()
    with RunningSimulator() as other:
        assert other.post("/robot/send?access_token=t1", {})["errcode"] == 400101
        assert dingtalk.text()["errcode"] == 0
    with pytest.raises(OSError, match=r"refused|拒绝"):
        other.get("/_sim/stats")


def test_a_simulator_stops_while_an_answer_is_delayed() -> None:
    import threading

    with RunningSimulator() as simulator:
        simulator.post("/_sim/faults", {"path": "/robot/send", "delay_s": 60})
        errors: list[Exception] = []

        def send() -> None:
            try:
                simulator.post("/robot/send", {})
            except (OSError, SimulatorError) as error:
                errors.append(error)

        sender = threading.Thread(target=send)
        sender.start()
        while not simulator.stats()["requests"]:
            time.sleep(0.01)
        started = time.monotonic()
    sender.join(5)
    assert time.monotonic() - started < 4
    assert len(errors) == 1


def test_a_simulator_that_leaves_its_port_cuts_every_call_and_comes_back_with_all_it_knew() -> None:
    import threading

    said = {"msgtype": "text", "text": {"content": "泵停"}, "msgUuid": "one"}
    with RunningSimulator(free_port()) as simulator:
        simulator.post("/_sim/robots", ROBOT)
        simulator.post("/_sim/faults", {"path": "/robot/send", "delay_s": 1})
        errors: list[Exception] = []

        def send() -> None:
            try:
                simulator.post("/robot/send?access_token=t1", said)
            except OSError as error:
                errors.append(error)

        sender = threading.Thread(target=send)
        sender.start()
        while not simulator.messages():
            time.sleep(0.01)
        simulator.leave()
        sender.join(5)
        assert len(errors) == 1
        with pytest.raises(OSError, match=r"refused|拒绝"):
            simulator.stats()
        simulator.come_back()
        assert simulator.post("/robot/send?access_token=t1", said)["errcode"] == 0
        assert [(one["text"], one["duplicate"]) for one in simulator.messages()] == [("泵停", False), ("泵停", True)]


def test_it_runs_as_a_command(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "src"
    help_text = subprocess.run(
        [sys.executable, "-m", "dingtalk_simulator", "--help"],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(source), "PYTHONIOENCODING": "utf-8"},
    )
    assert "钉钉模拟器" in help_text.stdout.decode("utf-8")
