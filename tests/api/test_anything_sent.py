"""Whatever is sent to the API, it answers for itself: schemathesis makes up requests from the OpenAPI document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.serving import Server, surroundings

_EXAMPLES = 5  # requests made up for an operation, beside those at the edges of its schema

# Before CPython 3.11.8 two threads that parse Python source at once can end in "SystemError: AST constructor recursion
# depth mismatch" (python/cpython#106905): they count in one place, and a callback of the garbage collector, which
# hypothesis registers, lets the other thread in. hypothesis parses the source of the lambdas it names. A second
# worker does not end sooner anyway.
_WORKERS = "1"


def test_no_request_is_a_server_error(server: Server, tmp_path: Path) -> None:
    options = (
        "--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "--seed", "1",
        "--generation-deterministic", "--max-examples", str(_EXAMPLES), "--request-timeout", "30",
        "--workers", _WORKERS, "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--no-color",
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
