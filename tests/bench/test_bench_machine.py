"""What the benchmark says of the machine it runs on, and what it does without PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.processes import ROOT, environment

_WITHOUT_POSTGRESQL = """
import sys
from pathlib import Path
from tests import postgresql
postgresql.PROGRAMS = Path("/nowhere")
from bench.__main__ import main
sys.exit(main())
"""


def test_without_postgresql_it_measures_sqlite_and_says_so() -> None:
    done = _bench(_WITHOUT_POSTGRESQL, "matching", "--quick", "--directory", "/dev/shm")
    assert done.returncode == 0, done.stderr
    assert "这次只测 SQLite" in done.stdout
    assert "| 钉铃 PostgreSQL（未测） |" in done.stdout
    results = Path(done.stdout.strip().rpartition("：")[2])
    machine = json.loads(results.read_text("utf-8"))["machine"]
    results.unlink()
    assert "这次只测 SQLite" in machine["PostgreSQL"]
    assert "/dev/shm" in machine["注意"]


def test_it_warns_of_a_directory_in_memory() -> None:
    done = _bench("import bench.machine as m; print(m.describe(postgresql=True)['注意'])", TMPDIR="/dev/shm")
    assert "/dev/shm" in done.stdout
    assert "--directory" in done.stdout


def test_it_writes_no_page_without_postgresql() -> None:
    done = _bench(_WITHOUT_POSTGRESQL, "--write")
    assert done.returncode == 2
    assert "PostgreSQL" in done.stderr


def _bench(program: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment(PYTHONIOENCODING="utf-8", **settings), cwd=ROOT,
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
