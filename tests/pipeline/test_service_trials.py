"""Testing, diagnosing and the health of a service, over REST and the simulator: the ways a plant would ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bench.ports import free_port

from dingtalk_simulator.running import RunningSimulator
from tests.plant import CLIENT_SECRET, SECRET, TOKEN, Plant
from tests.serving import Server, eventually


class Service:
    def __init__(self, server: Server, made: dict[str, Any]) -> None:
        self.server = server
        self.path = f"/api/v1/services/{made['id']}"
        self.robot: int = made["robots"][0]["id"]
        self.account: int = made["accounts"][0]["id"]

    def post(self, what: str, body: object = None) -> Any:
        answer = self.server.post(f"{self.path}/{what}", body)
        assert answer.status == 200, answer.body.decode()
        for secret in (TOKEN, SECRET, CLIENT_SECRET):
            assert secret.encode() not in answer.body
        return answer.json

    def health(self) -> Any:
        return self.server.get(f"{self.path}/health")

    def change(self, **fields: Any) -> None:
        assert self.server.call("PATCH", self.path, fields).status == 200


@pytest.fixture
def plant(server: Server, simulator: RunningSimulator) -> Plant:
    return Plant(server, simulator)


@pytest.fixture
def service(plant: Plant) -> Service:
    return Service(plant.server, plant.tell("robot", "account"))


def steps(diagnosis: Any) -> dict[str, list[tuple[str, str]]]:
    return {
        section["kind"]: [(check["step"], check["outcome"]) for check in section["checks"]]
        for section in diagnosis["sections"]
    }


def test_a_test_goes_the_way_of_an_alarm(plant: Plant, service: Service) -> None:
    mentions = {"mobiles": ["13900000000"], "user_ids": ["user000"]}
    service.change(robots=[{"id": service.robot, "keywords": ["报警"], "mentions": mentions}])
    told = service.post("test", {"robot": service.robot})
    assert (told["state"], told["done"], told["code"], told["attempts"]) == ("sent", True, "0", 1)
    assert "请到钉钉里确认" in told["explanation"]
    (message,) = plant.in_group()
    assert "报警" in message["title"]
    assert all(part in message["text"] for part in ("报警", "测试消息", "@13900000000", "@user000"))
    assert message["body"]["at"] == {"atMobiles": ["13900000000"], "atUserIds": ["user000"], "isAtAll": False}

    told = service.post("test", {"account": service.account})
    assert (told["state"], told["receiver"]) == ("sent", {"account": service.account, "name": "user000"})
    assert "测试消息" in plant.at_person()[0]["text"]
    assert plant.server.get(f"{service.path}/test/{told['delivery']}") == told
    health = service.health()
    assert health["condition"] == "ok"
    assert health["robots"][0]["last_success_at"]
    person = plant.server.get(f"{service.path}/accounts/{service.account}/health")
    assert (person["condition"], person["name"]) == ("ok", "user000")


def test_a_refusal_is_explained_and_shows_in_the_health(plant: Plant, service: Service) -> None:
    service.change(robots=[{"id": service.robot, "secret": "SECwrong"}])
    told = service.post("test", {"robot": service.robot})
    assert (told["state"], told["reason"], told["code"]) == ("failed", "signature_mismatch", "310000")
    assert "加签密钥不对" in told["explanation"]
    health = service.health()
    assert (health["condition"], health["robots"][0]["condition"], health["app"]["condition"]) == (
        "refused", "refused", "unused",
    )  # fmt: skip
    refused = health["robots"][0]
    assert "加签密钥不对" in refused["last_error"]["hint"]
    assert refused["refused_since"] < refused["trial_at"]
    now = service.post("retry")["robots"][0]
    assert now["refused_since"] == refused["refused_since"]
    assert now["trial_at"] < refused["trial_at"]

    service.change(enabled=False)
    told = service.post("test", {"robot": service.robot})
    assert (told["state"], told["reason"]) == ("suppressed", "service_disabled")


def test_a_test_that_waits_says_until_when(plant: Plant, service: Service) -> None:
    plant.fault("/robot/send", times=1, errcode=130101)
    told = service.post("test?wait=0", {"robot": service.robot})
    assert told["done"] is False

    def held() -> Any:
        look = plant.server.get(f"{service.path}/test/{told['delivery']}")
        return look if look["until"] and look["attempts"] else None

    waiting = eventually(held)
    assert (waiting["state"], waiting["reason"]) == ("pending", "robot_rate_limited")
    assert "10 分钟" in waiting["explanation"]
    assert service.health()["robots"][0]["condition"] == "held"
    second = service.post("test?wait=0", {"robot": service.robot})
    assert (second["state"], second["reason"]) == ("pending", "robot_rate_limited")


def test_what_cannot_be_tested(plant: Plant, service: Service) -> None:
    def refused(body: object, path: str = service.path) -> int:
        return plant.server.post(f"{path}/test", body).status

    assert refused({}) == refused({"robot": service.robot, "account": service.account}) == 422
    assert refused({"robot": 999}) == refused({"group": 1}) == 422
    assert refused({"robot": service.robot}, "/api/v1/services/999") == 404
    plant.server.raise_alarm("a")
    (alarms, *_) = eventually(plant.server.deliveries)
    assert plant.server.call("GET", f"{service.path}/test/{alarms['id']}").status == 404
    assert plant.server.call("POST", "/api/v1/services/999/diagnose").status == 404
    assert plant.server.call("GET", "/api/v1/services/999/health").status == 404


def test_diagnosing(plant: Plant, service: Service, simulator: RunningSimulator) -> None:
    well = steps(service.post("diagnose"))
    assert well["way"] == [("dns", "ok"), ("tcp", "ok"), ("tls", "warning"), ("clock", "ok")]
    assert well["robot"] == [("webhook", "ok"), ("signing", "ok"), ("sending", "skipped")]
    assert well["app"] == [("token", "ok"), ("permission", "ok"), ("robot_code", "ok"), ("contacts", "ok")]
    assert plant.in_group() == plant.at_person() == []

    simulator.post("/_sim/clock", {"skew_s": 7200})
    simulator.post("/_sim/apps", {"client_id": "dingapp", "client_secret": CLIENT_SECRET, "robot_code": "dingrobot",
                                  "permissions": ["qyapi_get_member"]})  # fmt: skip
    ill = service.post("diagnose")
    assert ill["outcome"] == "failed"
    assert steps(ill)["way"][-1] == ("clock", "failed")
    assert steps(ill)["app"][1] == ("permission", "failed")
    assert "qyapi_robot_sendmsg" in ill["sections"][-1]["checks"][1]["advice"]


def test_diagnosing_without_a_way_out(installation: Callable[..., Server], simulator: RunningSimulator) -> None:
    server = installation(DINGBELL_DINGTALK_API_URL=f"http://127.0.0.1:{free_port()}")
    server.start()
    diagnosis = Service(server, Plant(server, simulator).tell("robot", "account")).post("diagnose")
    ways = [section for section in diagnosis["sections"] if section["kind"] == "way"]
    assert [way["outcome"] for way in ways] == ["warning", "failed"]
    assert steps(diagnosis)["app"][0] == ("token", "failed")
