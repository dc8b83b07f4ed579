"""What time brings: a part that cannot be done does not keep the others from being done."""

from __future__ import annotations

import pytest

from dingbell.pipeline.releasing import Releases
from dingbell.pipeline.trouble_notices import TroubleNotices
from dingbell.storage.writer import StorageUnavailable
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import StandingPlant
from tests.serving import eventually


@pytest.mark.parametrize("error", [StorageUnavailable, ZeroDivisionError])
def test_a_part_that_fails_stops_no_other(
    transactional_db: None, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    told: list[int] = []

    def fail(_: Releases) -> None:
        raise error

    monkeypatch.setattr(Releases, "release", fail)
    monkeypatch.setattr(TroubleNotices, "tell", lambda _: told.append(1))
    with StandingPlant(simulator):
        eventually(lambda: len(told) > 1)
