"""The tests of this folder again, on a real PostgreSQL: the settings of a process know one database only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection


@pytest.mark.skipif(os.environ.get("DINGBELL_TEST_DATABASE") == "postgresql", reason="that is this run already")
def test_all_of_it_holds_on_postgresql() -> None:
    assert connection.vendor == "sqlite"
    inner = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__).parent)],
        env=os.environ | {"DINGBELL_TEST_DATABASE": "postgresql"},
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert inner.returncode == 0, inner.stdout[-6000:] + inner.stderr[-2000:]
