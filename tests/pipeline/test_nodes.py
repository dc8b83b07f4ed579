"""Two nodes on one PostgreSQL: one takes alarms in, the other sends; or both do both."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dingtalk_simulator.running import RunningSimulator
from tests.plant import TOKEN, Plant
from tests.postgresql import Cluster
from tests.serving import Server, eventually

ROBOT = "/robot/send"
BATCH = "/v1.0/robot/oToMessages/batchSend"


@pytest.fixture
def empty_database(postgresql: Cluster) -> str:
    name = f"nodes_{uuid.uuid4().hex}"
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{postgresql.url.rpartition('/')[0]}/{name}"


@pytest.fixture
def nodes(installation: Callable[..., Server], empty_database: str) -> list[Server]:
    """They share the database and, as they must, the keys."""
    keys = {"DINGBELL_SECRET_KEY": "s" * 64, "DINGBELL_ENCRYPTION_KEY": "e" * 64}
    made = [installation(DINGBELL_DATABASE_URL=empty_database, **keys) for _ in range(2)]
    token = made[0].run("token-create", "tests", "--scope", "admin")
    for node in made:
        node.token = token
    return made


def test_an_alarm_at_the_one_node_is_sent_by_the_other(nodes: list[Server], simulator: RunningSimulator) -> None:
    web, worker = nodes
    web.start("--role", "web")
    plant = Plant(web, simulator)
    plant.tell("robot", "account")
    web.raise_alarm("before")
    assert web.states() == ["pending", "pending"]
    worker.start("--role", "worker")
    eventually(lambda: web.states() == ["sent", "sent"])
    web.raise_alarm("after")
    eventually(lambda: web.states() == ["sent"] * 4)
    assert len(plant.in_group()) == len(plant.at_person()) == 2
    assert worker.call("POST", "/api/v1/events", {}).status == 404


def test_nodes_that_start_together_on_an_empty_database_take_turns(
    installation: Callable[..., Server], empty_database: str
) -> None:
    nodes = [installation(DINGBELL_DATABASE_URL=empty_database) for _ in range(2)]
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda node: node.start(), nodes))


def test_two_nodes_that_send_send_everything_once(nodes: list[Server], simulator: RunningSimulator) -> None:
    simulator.post("/_sim/limits", {"robot_per_minute": 0, "qps": 0})
    for node in nodes:
        node.start(DINGBELL_ROBOT_PER_MINUTE="0", DINGBELL_PERSON_PER_MINUTE="0")
    plant = Plant(nodes[0], simulator)
    plant.tell("robot", "account")
    for number in range(15):
        for which, node in enumerate(nodes):
            node.report({"key": f"n{which}-{number}", "state": "active"}, {"key": f"both-{number}", "state": "active"})
    eventually(lambda: nodes[1].states() == ["sent"] * 90, within_s=40)
    wanted = sorted(f"{name}-{number}" for name in ("n0", "n1", "both") for number in range(15))
    for chat in (plant.in_group(), plant.at_person()):
        assert sorted(str(message["title"]).partition("】")[2] for message in chat) == wanted


def test_two_nodes_that_send_keep_one_budget(nodes: list[Server], simulator: RunningSimulator) -> None:
    for node in nodes:
        node.start()
    plant = Plant(nodes[0], simulator)
    plant.tell("robot", "account")
    for number in range(12):
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda node, n=number: node.raise_alarm(f"{node.port}-{n}", priority="critical"), nodes))
    eventually(lambda: set(nodes[0].states()) == {"sent"}, within_s=60)
    seen = simulator.stats()
    assert seen["lock_outs"] == 0
    assert seen["refused"] == {}
    assert seen["robots"][TOKEN]["max_per_minute"] <= 18
    assert seen["duplicates"] == 0


def test_what_a_killed_node_was_sending_goes_over_to_the_other(
    nodes: list[Server], simulator: RunningSimulator
) -> None:
    """Within 15 seconds."""
    killed, other = nodes
    killed.start()
    plant = Plant(killed, simulator)
    plant.tell("robot", "account")
    for path in (ROBOT, BATCH):
        plant.fault(path, times=1, delay_s=60)
    killed.raise_alarm("interrupted")
    eventually(lambda: killed.states() == ["sending", "sending"] and len(simulator.messages()) == 2)
    other.start()
    other.raise_alarm("after")
    killed.kill()
    eventually(lambda: other.states() == ["sent"] * 4, within_s=15)
    assert [str(message["title"]).partition("】")[2] for message in plant.in_group()] == ["interrupted", "after"]
    assert len(plant.at_person()) == 3, "DingTalk took it twice: nobody can know whether it had"


def test_one_node_listens_for_readers_and_another_takes_over(nodes: list[Server], simulator: RunningSimulator) -> None:
    first, second = nodes
    first.start(DINGBELL_READ_EVENTS="1")
    plant = Plant(first, simulator)
    plant.tell("account")
    [rule] = first.get("/api/v1/rules")["items"]
    block = rule["notifications"][0]
    changed = {"notifications": [block | {"timing": block["timing"] | {"receipts": True}}]}
    assert first.call("PATCH", f"/api/v1/rules/{rule['id']}", changed).status == 200
    eventually(lambda: simulator.stats()["streams"]["open"] == 1, what="the first listens")
    second.start(DINGBELL_READ_EVENTS="1")
    second.raise_alarm("pump")
    eventually(lambda: second.states() == ["sent"], what="told")
    assert simulator.stats()["requests_by_path"]["/v1.0/gateway/connections/open"] == 1
    first.kill()
    eventually(
        lambda: simulator.stats()["requests_by_path"]["/v1.0/gateway/connections/open"] == 2, what="the second listens"
    )
    eventually(lambda: simulator.stats()["streams"]["open"] == 1, what="one connection")
    simulator.post("/_sim/read", {"user_id": "user000"})
    eventually(lambda: second.deliveries()[0]["read_at"], what="read")
