"""A row that cannot be read costs its own news, not what waits behind it."""

from __future__ import annotations

from dingbell.alarms.models import Event
from dingbell.storage.times import MINUTE
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.test_timings import TimedPlant


def test_an_event_that_cannot_be_read_holds_up_nobody(transactional_db: None, simulator: RunningSimulator) -> None:
    with TimedPlant(simulator) as plant:
        plant.wants(delay_s=60)
        plant.alarm("broken")
        Event.objects.update(snapshot="{")
        plant.wants()
        plant.now_us += 2 * MINUTE
        plant.alarm("good")
        for _ in range(8):
            plant.pass_time(60)
        assert plant.said() == ["【中】good"]
        assert plant.told("broken") == [("raised", "failed", "rendering_failed")]
