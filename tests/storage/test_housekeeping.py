"""What must go on whatever else fails."""

from __future__ import annotations

from dingbell.pipeline.housekeeping import Housekeeping
from dingbell.storage.writer import StorageUnavailable


def test_one_that_fails_does_not_keep_the_others_from_their_work(db: None) -> None:
    done = []

    def breaks() -> None:
        raise ValueError

    def waits() -> None:
        raise StorageUnavailable

    for work in (breaks, waits, lambda: done.append("done")):
        Housekeeping._do(work)
    assert done == ["done"]
