"""No line of the log lets its reader act as somebody else, whoever wrote it."""

from __future__ import annotations

import subprocess
import sys

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
