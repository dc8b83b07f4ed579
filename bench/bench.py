"""What every part is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import alertmanager
from bench.sizes import Size
from bench.storage import Postgresql, Sqlite, Storage
from tests.postgresql import Cluster


@dataclass(frozen=True)
class Bench:
    """`directory` is the part's own and empty; nothing in it outlives the part."""

    size: Size
    directory: Path
    storages: tuple[Storage, ...]
    beside_alertmanager: bool


@contextmanager
def prepared(size: Size, *, postgresql: bool) -> Iterator[Bench]:
    """A directory, and with `postgresql` a private cluster that flushes to the disk."""
    beside = alertmanager.installed()
    with TemporaryDirectory(prefix="dingbell-bench-") as directory:
        if not postgresql:
            yield Bench(size, Path(directory), (Sqlite(),), beside)
            return
        cluster = Cluster.start(durable=True)
        try:
            yield Bench(size, Path(directory), (Sqlite(), Postgresql(cluster)), beside)
        finally:
            cluster.stop()
