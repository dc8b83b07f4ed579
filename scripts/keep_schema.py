"""Keep what a release wrote: `python scripts/keep_schema.py 0.1.0` dumps a small installation of this version, on
SQLite and on PostgreSQL, into tests/storage/released/. Every later version must be able to go on from it
(tests/storage/test_released.py). Run it once a release, before the version number moves on.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.postgresql import Cluster, binaries  # noqa: E402
from tests.serving import Server, eventually, run, surroundings  # noqa: E402
from tests.storage.test_released import ENCRYPTION_KEY, FOLDER, SERVICE  # noqa: E402


def main(version: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        _fill(Path(directory) / "data", {})
        database = sqlite3.connect(Path(directory) / "data" / "dingbell.sqlite3")
        (FOLDER / f"{version}.sqlite.sql").write_text("\n".join(database.iterdump()) + "\n", "utf-8")
        database.close()
    cluster = Cluster.start()
    try:
        with tempfile.TemporaryDirectory() as directory:
            _fill(Path(directory) / "data", {"DINGBELL_DATABASE_URL": cluster.url})
        dump = subprocess.run(
            [binaries() / "pg_dump", "--inserts", "--no-owner", cluster.url], capture_output=True, check=True
        ).stdout
        (FOLDER / f"{version}.postgresql.sql").write_bytes(dump)
    finally:
        cluster.stop()


def _fill(data_dir: Path, settings: dict[str, str]) -> None:
    """A service, a rule, a user and some alarms; nothing is reached, so the deliveries wait."""
    settings = settings | {"DINGBELL_ENCRYPTION_KEY": ENCRYPTION_KEY, "DINGBELL_PROXY": "http://127.0.0.1:9"}
    environment = surroundings() | {"DINGBELL_DATA_DIR": str(data_dir)} | settings
    token = run("token-create", "kept", "--scope", "admin", environment=environment)
    run("user-add", "wang", "--role", "admin", "--password-stdin", environment=environment, stdin="kept for a test\n")
    server = Server(data_dir, token, settings)
    server.start()
    try:
        service = server.make("services", **SERVICE)
        block = {"service": service["id"], "message": None, "schedule": None, "receivers": None}
        server.make(
            "rules", name="全部", states=["active_unacked"], match={"paths": ["一车间/**"]}, notifications=[block]
        )
        for number in range(3):
            server.raise_alarm(
                f"Pump{number}#HH", name=f"{number}号泵压力高", path="一车间/泵房", value=12.4, priority="high"
            )
        server.clear_alarm("Pump2#HH")
        eventually(lambda: all(item["attempts"] for item in server.deliveries()[:1]))
    finally:
        server.stop(within_s=20)


if __name__ == "__main__":
    main(sys.argv[1])
