"""`python -m bench [PART…] [--quick] [--write]`: measure, print the table, keep it as JSON."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from bench import deliveries, intake, latency, machine, matching, memory, pages, report, restart, sizes, storm
from bench.bench import Bench, prepared
from bench.figures import Figure
from bench.processes import ROOT, BenchFailed
from tests import postgresql

PARTS: dict[str, Callable[[Bench], list[Figure]]] = {
    "intake": intake.measure,
    "latency": latency.measure,
    "matching": matching.measure,
    "memory": memory.measure,
    "restart": restart.measure,
    "deliveries": deliveries.measure,
    "storm": storm.measure,
    "pages": pages.measure,
}


def main() -> int:
    options = _options()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _interrupt)
    if options.directory:
        os.environ["TMPDIR"] = tempfile.tempdir = str(options.directory.resolve())
    when, about = datetime.now().astimezone(), machine.describe(postgresql=options.postgresql)
    for name, value in about.items():
        print(f"{name}：{value}")
    figures: list[Figure] = []
    try:
        with prepared(sizes.QUICK if options.quick else sizes.FULL, postgresql=options.postgresql) as bench:
            for name in options.parts or PARTS:
                figures += _measured(name, bench)
    except BenchFailed as failure:
        print(f"测量作废：{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("中断，所有进程已停止。", file=sys.stderr)
        return 130
    print("\n" + report.table(figures))
    results = ROOT / "bench" / "results" / f"{when:%Y-%m-%d-%H%M%S}.json"
    report.write_json(results, when, about, figures)
    print(f"\n每一轮的数值：{results}")
    if options.write:
        report.write_page(ROOT / "docs" / "performance.md", report.document(when, about, figures))
    return 0


def _measured(name: str, bench: Bench) -> list[Figure]:
    print(f"… {name}", end="", flush=True)
    started = time.monotonic()
    directory = bench.directory / name
    directory.mkdir()
    figures = PARTS[name](replace(bench, directory=directory))
    print(f" {time.monotonic() - started:.0f} s", flush=True)
    return figures


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description="测量钉铃，并与 Alertmanager 对比")
    parser.add_argument("parts", nargs="*", metavar="部分", help=f"只测这些：{' '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="更短，数值更粗")
    parser.add_argument("--sqlite", action="store_true", help="不测 PostgreSQL")
    parser.add_argument(
        "--directory", type=Path, metavar="目录", help=f"数据放在它下面，应在磁盘上（默认 {tempfile.gettempdir()}）"
    )
    parser.add_argument("--write", action="store_true", help="把表格写进 docs/performance.md")
    options = parser.parse_args()
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"没有这个部分：{' '.join(unknown)}")
    if options.directory and not (options.directory.is_dir() and os.access(options.directory, os.W_OK)):
        parser.error(f"没有这个目录，或不能写：{options.directory}")
    options.postgresql = not options.sqlite and postgresql.installed()
    if options.write and (options.parts or options.quick or not options.postgresql):
        parser.error("--write 只用于完整的测量，也要有 PostgreSQL")
    return options


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
