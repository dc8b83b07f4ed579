"""A silence ends while the product is away: what still holds is sent when it is back, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dingtalk_simulator.running import RunningSimulator
from tests.plant import Plant
from tests.serving import Server, eventually


def test_what_still_holds_is_sent_after_the_kill_once(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot", "account")
    server.raise_alarm("announced")
    eventually(lambda: server.states() == ["sent", "sent"])
    until = datetime.now(UTC) + timedelta(seconds=4)
    made = server.make("silences", reason="检修", until=until.isoformat())
    server.report(*({"key": key, "state": "active"} for key in ("still", "gone")))
    server.clear_alarm("gone")
    server.clear_alarm("announced")
    assert server.states() == ["sent"] * 2 + ["suppressed"] * 8
    server.restart()
    eventually(lambda: server.states().count("sent") == 6)
    for chat in (plant.in_group(), plant.at_person()):
        assert [str(message["title"]).partition("】")[2] for message in chat] == ["announced", "still", "announced"]
    kept = server.get(f"/api/v1/silences/{made['id']}")
    assert (kept["withheld"], kept["sent_again"], kept["ended_by"]) == (8, 4, "")
