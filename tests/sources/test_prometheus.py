"""A real Prometheus in front, the DingTalk simulator behind: what the whole product is for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bench.ports import free_port

from tests.plant import Plant
from tests.serving import RunningSimulator, Server, eventually
from tests.sources.conftest import Alertmanager, soon

RULES = """
groups:
- name: 泵房
  rules:
  - alert: PumpOverheat
    expr: pump_temperature_celsius > 90
    labels: {severity: critical, path: "一车间/泵房/{{ $labels.pump }}", area: 一车间}
    annotations:
      summary: "{{ $labels.pump }} 过热"
      description: 请检查冷却水
      value: "{{ $value }}"
      unit: °C
      limit: "90"
"""


class Pump:
    """A temperature that node-exporter shows and a Prometheus with the rule watches.

    Prometheus repeats an alert every two seconds, so each is good for eight (rules/manager.go: sendAlerts).
    """

    def __init__(self, directory: Path, server: Server, program: Callable[..., None]) -> None:
        self._file = directory / "metrics" / "pump.prom"
        self._file.parent.mkdir()
        self.temperature(60)
        exporter = free_port()
        program(
            "prometheus-node-exporter", exporter,
            "--collector.disable-defaults", "--collector.textfile", "--collector.textfile.directory=metrics",
        )  # fmt: skip
        (directory / "rules.yml").write_text(RULES, "utf-8")
        (directory / "prometheus.yml").write_text(json.dumps(self._configuration(server, exporter)), "utf-8")
        program(
            "prometheus", free_port(),
            "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--rules.alert.resend-delay=2s",
        )  # fmt: skip

    @staticmethod
    def _configuration(server: Server, exporter: int) -> dict[str, Any]:
        token = server.run("token-create", "prometheus", "--scope", "events:write")
        alertmanager = {
            "api_version": "v2",
            "authorization": {"credentials": token},
            "static_configs": [{"targets": [f"127.0.0.1:{server.port}"]}],
        }
        return {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "alerting": {"alertmanagers": [alertmanager]},
            "scrape_configs": [{"job_name": "plc", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}],
        }

    def temperature(self, celsius: float) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f'pump_temperature_celsius{{pump="3号泵"}} {celsius}\n', "utf-8")
        new.replace(self._file)


@pytest.fixture
def plant(server: Server, simulator: RunningSimulator) -> Plant:
    plant = Plant(server, simulator)
    plant.tell("robot", "account")
    return plant


@pytest.fixture
def pump(tmp_path: Path, server: Server, program: Callable[..., None]) -> Pump:
    return Pump(tmp_path, server, program)


def titles(plant: Plant) -> list[list[str]]:
    """In the group and at the person."""
    return [[message["title"] for message in chat] for chat in (plant.in_group(), plant.at_person())]


RAISED, RECOVERED = "【紧急】3号泵 过热", "【恢复】3号泵 过热"


def test_an_alert_and_its_recovery_reach_the_group_and_the_person(plant: Plant, pump: Pump) -> None:
    alertmanager = Alertmanager(plant.server)
    pump.temperature(95.5)
    eventually(lambda: titles(plant) == [[RAISED]] * 2, within_s=40)
    for message in (plant.in_group()[0], plant.at_person()[0]):
        assert "95.5 °C（限值 90 °C）" in message["text"]
        assert "一车间/泵房/3号泵" in message["text"]
        assert "请检查冷却水" in message["text"]
    first = alertmanager.alerts("PumpOverheat")[0]
    eventually(lambda: alertmanager.alerts("PumpOverheat")[0]["endsAt"] > first["endsAt"], what="a repetition")
    pump.temperature(60)
    eventually(lambda: titles(plant) == [[RAISED, RECOVERED]] * 2, within_s=40)
    assert alertmanager.events("PumpOverheat") == ["raised", "cleared"]
    assert alertmanager.alerts("PumpOverheat") == []
    assert first["labels"]["job"] == "plc"
    assert "pump_temperature_celsius" in first["generatorURL"]


def test_a_server_that_was_down_past_the_end_waits_for_prometheus(plant: Plant, pump: Pump) -> None:
    alertmanager = Alertmanager(plant.server)
    pump.temperature(95.5)
    eventually(lambda: titles(plant) == [[RAISED]] * 2, within_s=40)
    ends = alertmanager.alerts("PumpOverheat")[0]["endsAt"]
    plant.server.kill()
    eventually(lambda: ends < soon(-1), what="past its end")
    plant.server.start()
    eventually(lambda: alertmanager.alerts("PumpOverheat")[0]["updatedAt"] > ends, what="a repetition")
    assert alertmanager.events("PumpOverheat") == ["raised"]
    pump.temperature(60)
    eventually(lambda: titles(plant) == [[RAISED, RECOVERED]] * 2, within_s=40)
    assert alertmanager.events("PumpOverheat") == ["raised", "cleared"]
