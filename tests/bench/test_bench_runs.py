"""Every part of the benchmark still runs and gives figures; how large they are is no test's business."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.__main__ import PARTS
from bench.bench import Bench
from bench.figures import ALERTMANAGER, SQLITE
from bench.storage import Sqlite

from bench import report, sizes


@pytest.mark.parametrize("part", PARTS)
def test_a_part_gives_figures(part: str, tmp_path: Path) -> None:
    figures = PARTS[part](Bench(sizes.SMOKE, tmp_path, (Sqlite(),), beside_alertmanager=True))
    assert all(figure.value(SQLITE) is not None for figure in figures)
    if part not in ("matching", "restart"):
        assert all(figure.value(ALERTMANAGER) is not None for figure in figures)
    assert report.table(figures).count("\n") == len(figures) + 1
