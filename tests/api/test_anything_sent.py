"""Whatever is sent to the API, it answers for itself: schemathesis makes up requests from the OpenAPI document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.serving import Server, surroundings

_EXAMPLES = 5  # requests made up for an operation, beside those at the edges of its schema


def test_no_request_is_a_server_error(server: Server, tmp_path: Path) -> None:
    options = (
        "--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "--seed", "1",
        "--generation-deterministic", "--max-examples", str(_EXAMPLES), "--request-timeout", "30", "--workers", "2",
        "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--no-color",
        "--exclude-path-regex", r"/tokens/\{",  # it would revoke its own
    )  # fmt: skip
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {server.token}", *options,
        ],
        cwd=tmp_path, env=surroundings(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
    assert "Traceback" not in server.log, server.log[-4_000:]
