"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from dingbell import __version__

_FLUSHES = 200
_DISK_MS = 0.02  # no disk confirms sooner
_IN_MEMORY = "{} 不在磁盘上（fsync 不花时间），落盘的数值不算数；用 --directory 选磁盘上的目录"


def describe(*, postgresql: bool) -> dict[str, str]:
    """In words, by what it is; `postgresql`: it is measured, too. A warning stands at the end."""
    flush_ms = _flush_ms()
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "处理器": f"{cpu[1] if cpu else platform.machine()}，{os.cpu_count()} 核",
        "内存": f"{int(memory[1]) / 1024**2:.0f} GiB" if memory else "",
        "磁盘 fsync（4 KiB，中位数）": f"{flush_ms:.3g} ms",
        "系统": f"{platform.system()} {platform.release()}",
        "开始时的负载（1 分钟）": f"{os.getloadavg()[0]:.1f}",
        "钉铃": __version__,
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgresql() + ("" if postgresql else "，这次只测 SQLite"),
        "Alertmanager": _said("prometheus-alertmanager", "--version", pattern=r"version (\S+)"),
    } | ({"注意": _IN_MEMORY.format(tempfile.gettempdir())} if flush_ms < _DISK_MS else {})


def _flush_ms() -> float:
    """Where the data directories of the benchmark are, too. Raises OSError."""
    spent = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(_FLUSHES):
            file.write(os.urandom(4096))
            file.flush()
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            spent.append(time.perf_counter() - started)
    return median(spent) * 1000


def _postgresql() -> str:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return _said(str(binaries[-1]), "--version", pattern=r"(\d[\d.]*)") if binaries else "没有安装"


def _said(*command: str, pattern: str) -> str:
    if shutil.which(command[0]) is None:
        return "没有安装"
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else "?"
