"""Every part of the benchmark still runs and gives figures; how large they are is no test's business."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bench.__main__ import PARTS
from bench.bench import Bench, prepared
from bench.figures import ALERTMANAGER, SQLITE, Figure

from bench import report, sizes


def test_every_part_gives_figures() -> None:
    """All at once: most of the time goes into starting processes."""
    with prepared(sizes.SMOKE, postgresql=False) as bench, ThreadPoolExecutor(len(PARTS)) as pool:
        parts = {part: pool.submit(_measured, part, bench) for part in PARTS}
        figures = {part: future.result() for part, future in parts.items()}
    for part, some in figures.items():
        assert all(figure.value(SQLITE) is not None for figure in some), part
    for part in ("intake", "latency", "memory"):
        assert all(figure.value(ALERTMANAGER) is not None for figure in figures[part]), part
    everything = [figure for some in figures.values() for figure in some]
    assert report.table(everything).count("\n") == len(everything) + 1


def _measured(part: str, bench: Bench) -> list[Figure]:
    directory = bench.directory / part
    directory.mkdir()
    return PARTS[part](replace(bench, directory=directory))
