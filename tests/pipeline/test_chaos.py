"""kill -9 under load at random moments, with DingTalk and the database failing or gone: nothing is lost or shown twice.

A few rounds here; `make chaos` makes a hundred, half of them within DingTalk's limits.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest
from bench.ports import free_port

from dingtalk_simulator.running import RunningSimulator
from tests.accounted import violations
from tests.chaos import Chaos, Chats
from tests.postgresql import Cluster
from tests.serving import Server

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "0"))
SEED = int(os.environ.get("CHAOS_SEED", "5"))
# A hundred rounds are more than a month's calls: the system would tell of that, and merge.
NO_QUOTA = {"DINGBELL_QUOTA_WEBHOOK": "0", "DINGBELL_QUOTA_API": "0"}
NO_LIMITS = {"DINGBELL_ROBOT_PER_MINUTE": "0", "DINGBELL_APP_PER_SECOND": "0", "DINGBELL_PERSON_PER_MINUTE": "0"}
# With DingTalk's limits the last digest is a minute after the one before it.
LIMITS = [pytest.param(False, id="without limits"), *([pytest.param(True, id="with limits")] if ROUNDS else [])]


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    """One that leaves its port, where nobody else may listen meanwhile."""
    with RunningSimulator(free_port()) as running:
        yield running


def _holds(server: Server, simulator: RunningSimulator, chaos: Chaos, rounds: int, *, limits: bool) -> None:
    server.settings |= {"DINGBELL_SECRET_KEY": "s" * 64, "DINGBELL_ENCRYPTION_KEY": "e" * 64} | NO_QUOTA
    if not limits:
        server.settings |= NO_LIMITS
        simulator.post("/_sim/limits", {"robot_per_minute": 0, "qps": 0})
    server.start()
    chaos.chats.furnish(server)
    chaos.run(rounds, drained_within_s=600 if ROUNDS else 60)
    assert chaos.trouble == []
    assert chaos.absences > 0
    assert sum(map(len, chaos.accepted.values())) > 10 * rounds, "there was a load"
    assert simulator.stats()["lock_outs"] == 0
    chats = chaos.chats
    found = violations(server, simulator, chaos.accepted, chats.groups, chats.people, chaos.unheard, chaos.unanswered)
    assert found == []


@pytest.mark.parametrize("limits", LIMITS)
def test_on_sqlite(installation: Callable[..., Server], simulator: RunningSimulator, limits: bool) -> None:
    server = installation()
    chaos = Chaos(server, Chats(simulator), SEED)
    _holds(server, simulator, chaos, ROUNDS or 2, limits=limits)


@pytest.mark.parametrize("limits", LIMITS)
def test_on_postgresql_that_fails_too(
    installation: Callable[..., Server], simulator: RunningSimulator, postgresql: Cluster, limits: bool
) -> None:
    name = f"chaos_{uuid.uuid4().hex}"
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    server = installation(DINGBELL_DATABASE_URL=f"{postgresql.url.rpartition('/')[0]}/{name}")
    server.token = server.run("token-create", "tests", "--scope", "admin")
    chaos = Chaos(server, Chats(simulator), SEED, restart_database=postgresql.crash)
    _holds(server, simulator, chaos, ROUNDS or 1, limits=limits)
