"""What every part is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from bench import alertmanager, product
from bench.processes import BenchFailed
from bench.product import Installation
from bench.sizes import Size
from bench.storage import Postgresql, Sqlite, Storage
from tests.postgresql import Cluster

Result = TypeVar("Result")


@dataclass(frozen=True)
class Bench:
    """`directory` is the part's own and empty; nothing in it outlives the part.

    `blanks` are installations without configuration, one a database, SQLite first.
    """

    size: Size
    directory: Path
    blanks: tuple[Installation, ...]
    beside_alertmanager: bool


@contextmanager
def prepared(size: Size, *, postgresql: bool) -> Iterator[Bench]:
    """With `postgresql` on a private cluster, too, that flushes to the disk. Raises BenchFailed."""
    with ExitStack() as kept:
        directory = Path(kept.enter_context(TemporaryDirectory(prefix="dingbell-bench-")))
        storages: list[Storage] = [Sqlite()]
        if postgresql:
            cluster = _cluster()
            kept.callback(cluster.stop)
            storages.append(Postgresql(cluster))
        blanks = tuple(product.blank(directory / f"blank-{one.name.lower()}", one) for one in storages)
        yield Bench(size, directory, blanks, alertmanager.installed())


def _cluster() -> Cluster:
    try:
        return Cluster.start(durable=True)
    except (RuntimeError, OSError, LookupError) as error:  # LookupError: no user postgres
        raise BenchFailed(f"PostgreSQL 启动不了，可以用 --sqlite 不测它：{error}") from error


def in_turn(sides: Mapping[str, Callable[[], Result]], rounds: int) -> dict[str, list[Result]]:
    """What each side gave in each round; another one begins each time."""
    found: dict[str, list[Result]] = {name: [] for name in sides}
    order = list(sides)
    for number in range(rounds):
        first = number % len(order)
        for name in order[first:] + order[:first]:
            found[name].append(sides[name]())
    return found
