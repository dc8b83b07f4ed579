"""No line of the log lets its reader act as somebody else, whoever wrote it; and none that is lost stops anybody."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dingbell.channels.redaction import MASK

LINK = f"12-7-1-1795392000.{'x' * 43}"
PROGRAM = f"""
import logging, structlog
from dingbell.channels.redaction import mask_links
from dingbell.storage import logs

logs.set_up("info", mask_links)
logging.getLogger("some.library").warning("GET /a/{LINK}/")
structlog.get_logger().warning("ours", address="/a/{LINK}/")
try:
    raise ValueError("/a/{LINK}/")
except ValueError:
    structlog.get_logger().exception("failed")
"""


def test_personal_links_are_masked_in_every_line() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stderr
    assert told.count(f"/a/{MASK}/") == 3
    assert "xxxx" not in told


@pytest.mark.skipif("sys.platform != 'linux'", reason="/dev/full")
def test_a_log_on_a_full_disk_stops_nobody() -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        done = subprocess.run(
            [sys.executable, "-c", f"{PROGRAM}\nprint('went on')"], stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert b"went on" in done.stdout
