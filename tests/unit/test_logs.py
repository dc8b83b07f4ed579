"""No line of the log lets its reader act as somebody else, whoever wrote it; and none that is lost stops anybody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_the_file_has_the_same_lines_is_its_owners_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "bell.log"
    file.touch(mode=0o644)
    keeping = f"""
import pathlib
from dingbell.channels.redaction import mask_links
from dingbell.storage import logs
logs.FILE_BYTES = 4000
logs.keep_in(pathlib.Path({str(file)!r}), mask_links)
"""
    more = "for n in range(500): structlog.get_logger().warning('line', n=n)"
    done = subprocess.run(
        [sys.executable, "-c", f"{keeping}{PROGRAM}\n{more}"], capture_output=True, text=True, check=True
    )
    newest_first = [file, *(file.with_name(f"bell.log.{n}") for n in range(1, 6))]
    assert sorted(tmp_path.iterdir()) == newest_first
    assert all(one.stat().st_mode & 0o777 == 0o600 and one.stat().st_size < 4000 for one in newest_first)
    kept = "".join(one.read_text("utf-8") for one in reversed(newest_first))
    assert done.stderr.endswith(kept)
    alone = subprocess.run([sys.executable, "-c", f"{keeping}{PROGRAM}"], capture_output=True, text=True, check=True)
    assert "Traceback" in alone.stderr
    assert file.read_text("utf-8").endswith(alone.stderr)
    assert MASK in alone.stderr


def test_a_log_file_that_a_reader_holds_takes_on(tmp_path: Path) -> None:
    """As Windows has it: an open file cannot be renamed."""
    program = f"""
import logging.handlers, os, pathlib
from dingbell.storage import logs
logs.FILE_BYTES = 100
logs.keep_in(pathlib.Path({str(tmp_path / "bell.log")!r}), str)
def held(*_):
    raise PermissionError
os.rename = held
for n in range(20):
    logs.keep(f"line {{n}}")
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    kept = (tmp_path / "bell.log").read_text("utf-8").splitlines()
    assert [line.partition(" ")[2] for line in kept] == [f"line {n}" for n in range(20)]
