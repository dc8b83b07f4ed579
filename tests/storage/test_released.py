"""What a released version wrote, this version goes on with: rules, secrets, alarms, and messages still owed."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import Cluster, binaries
from tests.serving import Server, run

FOLDER = Path(__file__).parent / "released"
ENCRYPTION_KEY = "the key of the kept installations"
SERVICE = {
    "name": "值班", "type": "dingtalk", "send_to": ["robot", "account"],
    "robots": [{
        "alias": "值班群", "webhook": "https://oapi.dingtalk.com/robot/send?access_token=kept-for-a-test-0123456789",
        "secret": "SECkept", "keywords": ["报警"],
    }],
    "app": {"client_id": "dingkept", "client_secret": "kept-secret", "robot_code": "dingkept"},
    "accounts": [{"user_id": "manager4220", "name": "张三"}],
}  # fmt: skip
KEPT = sorted(FOLDER.glob("*.sql"))


@pytest.fixture(params=KEPT, ids=lambda path: path.stem)
def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server of this version on the database of that one, started as an upgrade is."""
    path: Path = request.param
    settings = {"DINGBELL_ENCRYPTION_KEY": ENCRYPTION_KEY, "DINGBELL_PROXY": "http://127.0.0.1:9"}
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    if path.stem.endswith("postgresql"):
        cluster: Cluster = request.getfixturevalue("postgresql")
        name = f"kept_{path.stem.replace('.', '_')}"
        url = f"{cluster.url.rpartition('/')[0]}/{name}"
        for command in (["-c", f"CREATE DATABASE {name}", cluster.url], ["-f", str(path), url]):
            psql = [binaries() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *command]
            subprocess.run(psql, check=True, capture_output=True)
        settings["DINGBELL_DATABASE_URL"] = url
    else:
        with sqlite3.connect(data_dir / "dingbell.sqlite3") as database:
            database.executescript(path.read_text("utf-8"))
        database.close()
    server = Server(data_dir, "", settings)
    server.token = run("token-create", "after", "--scope", "admin", environment=server.environment)
    server.start()
    yield server
    server.kill()


def test_there_is_something_kept() -> None:
    assert {path.suffixes[-2] for path in KEPT} == {".sqlite", ".postgresql"}


def test_a_released_installation_goes_on(upgraded: Server) -> None:
    [service] = upgraded.get("/api/v1/services")["items"]
    assert service["robots"][0]["webhook"].endswith("6789")
    assert not service["needs_secret"], "what was encrypted then is readable now"
    [rule] = upgraded.get("/api/v1/rules")["items"]
    assert rule["match"]["paths"] == ["一车间/**"]

    states = {alarm["key"]: alarm["state"] for alarm in upgraded.get("/api/v1/alarms")["items"]}
    assert states == {"Pump0#HH": "active_unacked", "Pump1#HH": "active_unacked", "Pump2#HH": "cleared_unacked"}
    owed = upgraded.deliveries()
    assert len(owed) == 6
    assert {delivery["state"] for delivery in owed} <= {"pending", "sending"}, "still owed, not forgotten"

    upgraded.clear_alarm("Pump0#HH")
    upgraded.raise_alarm("Pump9#HH", path="一车间")
    assert len(upgraded.deliveries()) == 8
