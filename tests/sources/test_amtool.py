"""amtool of Debian's prometheus-alertmanager, unchanged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sources.conftest import Alertmanager, soon

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def amtool(alertmanager: Alertmanager, tmp_path: Path) -> Run:
    found = shutil.which("amtool")
    if found is None:
        raise RuntimeError("amtool is missing: run scripts/install_test_packages as root")
    secrets = tmp_path / "http.yml"

    def run(*arguments: str, token: str = alertmanager.server.token) -> subprocess.CompletedProcess[str]:
        secrets.write_text(f"authorization: {{credentials: {token}}}", "utf-8")
        return subprocess.run(
            [found, f"--http.config.file={secrets}", f"--alertmanager.url={alertmanager.server.url}", *arguments],
            env=os.environ | {"HOME": str(tmp_path)}, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    return run


def done(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def query(amtool: Run, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done(amtool("-o", "json", "alert", "query", *arguments)))
    return found


def test_alerts_are_added_repeated_and_resolved(amtool: Run, alertmanager: Alertmanager) -> None:
    add = ("alert", "add", "Overheat", "node=泵 3", "--annotation=summary=3号泵过热", "--generator-url=http://p:9090/g")
    done(amtool(*add))
    done(amtool(*add))
    assert alertmanager.events("Overheat") == ["raised"]
    (found,) = query(amtool, "Overheat")
    assert found["labels"] == {"alertname": "Overheat", "node": "泵 3"}
    assert found["annotations"] == {"summary": "3号泵过热"}
    assert found["generatorURL"] == "http://p:9090/g"
    done(amtool("alert", "add", "Overheat", "node=泵 3", f"--end={soon(-1)}"))
    assert query(amtool, "Overheat") == []
    assert alertmanager.events("Overheat") == ["raised", "cleared"]


def test_queries(amtool: Run) -> None:
    for line in ("A", "B"):
        done(amtool("alert", "add", "Stuck", f"line={line}"))

    def lines(*arguments: str) -> list[str]:
        return sorted(found["labels"]["line"] for found in query(amtool, "Stuck", *arguments))

    assert lines() == ["A", "B"]
    assert lines("line=A") == ["A"]
    assert lines("line!=A") == ["B"]
    assert lines("line=~A|B") == ["A", "B"]
    assert lines("line!~[A-Z]") == []
    assert lines("--silenced") == lines("--inhibited") == lines("--unprocessed") == []
    assert lines("--receiver=nobody") == []
    assert "Stuck" in done(amtool("alert", "query"))
    assert 'line="A"' in done(amtool("-o", "extended", "alert", "query"))


def test_what_it_can_see(amtool: Run) -> None:
    assert "DingBell" in done(amtool("config", "show"))
    assert "disabled" in done(amtool("cluster", "show"))
    assert "Matchers" in done(amtool("silence", "query"))


def test_what_it_says_when_it_is_refused(amtool: Run) -> None:
    assert "status 401" in amtool("alert", "query", token="dbt_unknown").stderr
    assert "status 401" in amtool("alert", "add", "x", token="dbt_unknown").stderr
    bad = amtool("alert", "add", "Refused", f"--start={soon(48 * 3600)}")
    assert bad.returncode != 0
    assert "24 小时" in bad.stderr
    assert "正则表达式有误" in amtool("alert", "query", "-r", "(").stderr
