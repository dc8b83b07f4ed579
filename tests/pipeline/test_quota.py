"""The month's quota at DingTalk: counted as it counts, stopped when it says so, resumed by hand."""

from __future__ import annotations

from dingtalk_simulator.running import RunningSimulator
from tests.plant import Plant
from tests.serving import Server, eventually


def test_a_used_up_month_stops_the_groups_and_loses_nothing(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    service = plant.tell("robot", "account")
    assert server.call("PATCH", f"/api/v1/services/{service['id']}", {"tells_system": True}).status == 200
    simulator.post("/_sim/quota", {"webhook": 1})

    def of_groups() -> list[tuple[str, str | None]]:
        return [(d["state"], d["reason"]) for d in server.deliveries() if d["alarm"] and d["receiver"].get("robot")]

    server.raise_alarm("P1#HH", priority="critical")
    eventually(lambda: of_groups() == [("sent", None)])
    server.raise_alarm("P2#HH", priority="critical")
    eventually(lambda: server.get("/api/v1/quota/webhook")["mode"] == "stopped")
    server.raise_alarm("P3#HH", priority="critical")
    waiting = [("sent", None), ("pending", "webhook_quota_exhausted"), ("pending", "waiting_for_quota")]
    eventually(lambda: of_groups() == waiting)
    # Both calls count, at DingTalk as here; people are reached by another pool.
    assert server.get("/api/v1/quota/webhook")["used"] == 2
    eventually(lambda: len([m for m in plant.at_person() if "HH" in str(m["title"])]) == 3)
    eventually(lambda: any(m["title"] == "钉钉额度用完：群机器人停止发送" for m in plant.at_person()))
    assert server.get("/api/v1/quota/api")["mode"] == "normal"
    simulator.post("/_sim/quota", {"webhook": None})
    assert server.post("/api/v1/quota/webhook/reset", {}).json["stopped"] is None
    eventually(lambda: len(plant.in_group()) >= 3)


def test_what_a_person_chose_holds_until_it_is_given_back(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot")

    def titles() -> list[str]:
        return [str(message["title"]).partition("】")[2] for message in plant.in_group()]

    def choose(mode: str) -> str:
        return str(server.call("PATCH", "/api/v1/quota/webhook", {"mode": mode}).json["mode"])

    assert choose("critical") == "critical"
    server.raise_alarm("low", priority="low")
    server.raise_alarm("critical", priority="critical")
    eventually(lambda: titles() == ["critical"])
    (waiting,) = [one for one in server.deliveries() if one["state"] == "pending"]
    assert waiting["reason"] == "waiting_for_quota"
    assert choose("automatic") == "normal"
    eventually(lambda: titles() == ["critical", "low"])
