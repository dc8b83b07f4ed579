"""`dingbell serve` as a process: one a data directory, started after any end, ended when asked, silent on secrets."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from bench.ports import free_port

from dingtalk_simulator.running import RunningSimulator
from tests.plant import CLIENT_SECRET, SECRET, TOKEN, Plant
from tests.serving import Server, command, eventually

ROBOT = "/robot/send"


def test_a_second_server_on_the_same_data_is_refused(server: Server) -> None:
    second = subprocess.run(
        command("serve", "--port", str(free_port())), env=server.environment, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode != 0
    assert "in use" in second.stderr
    assert server.get("/api/v1/alarms")["items"] == []


def test_sigterm_finishes_the_call_under_way_and_ends_it_in_time(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot")
    plant.fault(ROBOT, times=1, delay_s=4)
    server.raise_alarm("slow")
    eventually(lambda: server.states() == ["sending"])
    began = time.monotonic()
    server.stop(within_s=12)
    assert time.monotonic() - began > 1, "the call under way was waited for"
    server.start()
    [delivery] = server.deliveries()
    assert delivery["state"] == "sent"
    assert len(delivery["attempts"]) == len(plant.in_group()) == 1


def test_secrets_that_cannot_be_read_any_more_fail_with_their_reason(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot", "account")
    server.restart(DINGBELL_ENCRYPTION_KEY="another-key-than-before-0123456789")
    server.raise_alarm("unreadable")
    eventually(lambda: server.states() == ["failed", "failed"])
    for delivery in server.deliveries():
        assert delivery["reason"] == "secret_unreadable"
        assert delivery["hint"]
    assert simulator.messages() == []
    server.restart()
    server.raise_alarm("readable")
    eventually(lambda: server.states()[2:] == ["sent", "sent"])


def test_no_secret_stands_in_the_log(installation: Callable[..., Server], simulator: RunningSimulator) -> None:
    server = installation(DINGBELL_LOG_LEVEL="debug")
    server.start()
    plant = Plant(server, simulator)
    plant.tell("robot", "account")
    for path in (ROBOT, "/v1.0/oauth2/accessToken", "/v1.0/robot/oToMessages/batchSend"):
        plant.fault(path, times=1, drop=True)
    server.raise_alarm("quiet")
    eventually(lambda: set(server.states()) == {"sent"})
    server.stop(within_s=12)
    assert "not_sent" in server.log
    for secret in (server.token, TOKEN, SECRET, CLIENT_SECRET, "x-acs-dingtalk-access-token", "sign="):
        assert secret not in server.log
    assert "Traceback" not in server.log
