"""DingTalk's limits are kept, and who waits for them is told why."""

from __future__ import annotations

from dingtalk_simulator.running import RunningSimulator
from tests.plant import TOKEN, Plant
from tests.serving import Server, eventually

ROBOT = "/robot/send"
BATCH = "/v1.0/robot/oToMessages/batchSend"


def test_a_burst_becomes_one_digest_and_what_fits_goes_alone(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot")
    server.report(*({"key": f"a{n:02}", "state": "active", "priority": "high"} for n in range(13)))
    eventually(lambda: server.states() == ["sent"] * 13)
    assert len(simulator.messages(robot=TOKEN)) == 13
    server.report(*({"key": f"b{n:02}", "state": "active", "priority": "high"} for n in range(40)))
    eventually(lambda: server.states() == ["sent"] * 53)
    assert len(simulator.messages(robot=TOKEN)) == 14
    text = simulator.messages(robot=TOKEN)[-1]["text"]
    assert isinstance(text, str)
    assert "40" in text
    assert all(f"b{n:02}" in text for n in range(10))
    # After a restart the calls of the last minute still count, and so does the digest: the next one comes later.
    server.restart()
    server.raise_alarm("one more")
    waiting = eventually(lambda: (d := server.deliveries()[53:]) and all(one["reason"] for one in d) and d)
    assert [(one["state"], one["reason"]) for one in waiting] == [("pending", "waiting_for_digest")]
    assert waiting[0]["hint"]
    eventually(lambda: server.states() == ["sent"] * 54, within_s=20)
    assert len(simulator.messages(robot=TOKEN)) == 15


def test_three_critical_ones_of_a_burst_go_alone_at_once(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot", "account")
    server.report(*(
        {"key": f"k{n:03}", "state": "active", "priority": "critical" if n % 10 == 0 else "low"} for n in range(100)
    ))  # fmt: skip
    eventually(lambda: server.states() == ["sent"] * 200)
    for chat in (plant.in_group(), plant.at_person()):
        titles = [str(message["title"]) for message in chat]
        assert len(titles) == 4
        assert [title.partition("】")[2] for title in titles[:3]] == ["k000", "k010", "k020"]
        assert "97" in titles[3]


def test_a_robot_that_is_told_to_be_silent_holds_everything_of_its_group(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot")
    plant.fault(ROBOT, times=1, errcode=410100)
    server.raise_alarm("first")
    eventually(lambda: server.deliveries()[0]["reason"] is not None)
    server.raise_alarm("second")
    eventually(lambda: all(one["reason"] for one in server.deliveries()))
    assert server.states() == ["pending", "pending"]
    assert len({one["reason"] for one in server.deliveries()}) == 1
    assert len(simulator.messages(robot=TOKEN)) == 1


def test_a_delivery_that_waits_for_its_next_try_is_pending_with_the_reason(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot", "account")
    for path in (ROBOT, BATCH):
        plant.fault(path, times=100, status=429)
    server.raise_alarm("first")
    eventually(lambda: all(one["state"] == "pending" and one["reason"] for one in server.deliveries()))
    for delivery in server.deliveries():
        assert delivery["reason"] == "too_many_requests"
        assert delivery["attempts"][0]["http_status"] == 429
        assert delivery["hint"]


def test_people_are_served_twenty_a_call_and_each_has_an_own_result(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator, people=22)
    plant.people += ["user022", "user023", "user024"]  # they have left the company
    plant.tell("account")
    server.raise_alarm("everybody")
    eventually(lambda: set(server.states()) == {"sent", "failed"})
    by_name = {delivery["receiver"]["name"]: delivery for delivery in server.deliveries()}
    assert {name for name, one in by_name.items() if one["state"] == "failed"} == set(plant.people[22:])
    assert all(len(plant.at_person(user_id)) == 1 for user_id in plant.people[:22])
    assert by_name["user024"]["reason"] == "recipient_unknown"
    assert by_name["user024"]["hint"]


def test_a_refused_access_token_is_fetched_anew(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell("account")
    server.raise_alarm("first")
    eventually(lambda: server.states() == ["sent"])
    plant.fault(BATCH, times=1, status=400, code="InvalidAuthentication")
    server.raise_alarm("second")
    eventually(lambda: server.states() == ["sent", "sent"])
    assert len(plant.at_person()) == 2
