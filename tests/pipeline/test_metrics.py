"""What Prometheus reads at /metrics, from the parser it would read it with."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from dingtalk_simulator.running import RunningSimulator
from tests.plant import Plant
from tests.serving import Server, eventually


def _sample(server: Server, name: str, **labels: str) -> float:
    """The value of one sample, 0 where there is none yet."""
    answer = server.call("GET", "/metrics", token=None)
    assert answer.status == 200, answer.body.decode()
    families = text_string_to_metric_families(answer.body.decode())
    found = [one.value for family in families for one in family.samples if (one.name, one.labels) == (name, labels)]
    return sum(found)


def _lane(server: Server) -> str:
    """The only robot's label."""
    text = server.call("GET", "/metrics", token=None).body.decode()
    (family,) = (one for one in text_string_to_metric_families(text) if one.name == "dingbell_budget_left")
    return str(family.samples[0].labels["lane"])


def test_calls_and_what_waits_are_counted(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot")
    server.raise_alarm("P3#HH")
    eventually(lambda: server.states() == ["sent"])

    assert _sample(server, "dingbell_calls_total", channel="robot", verdict="sent", code="0") == 1
    assert _sample(server, "dingbell_delivery_seconds_count", channel="robot") == 1
    assert _sample(server, "dingbell_transitions_total", kind="raised") == 1
    assert _sample(server, "dingbell_pending_deliveries", channel="robot") == 0
    assert _sample(server, "dingbell_database_up") == 1

    assert 10 <= _sample(server, "dingbell_budget_left", lane=_lane(server)) < 18
    for name in ("lanes_in_trouble", "silent_lanes", "silent_sources", "writer_waiting", "expired_total"):
        assert _sample(server, f"dingbell_{name}") == 0
        assert f"\ndingbell_{name} " in server.call("GET", "/metrics", token=None).body.decode()

    plant.fault("/robot/send", times=100, status=503)
    server.clear_alarm("P3#HH")
    server.raise_alarm("P4#HH")
    eventually(lambda: _sample(server, "dingbell_pending_deliveries", channel="robot") == 2)
    assert _sample(server, "dingbell_oldest_pending_seconds") > 0
    eventually(lambda: _sample(server, "dingbell_calls_total", channel="robot", verdict="retry", code="") > 0)
