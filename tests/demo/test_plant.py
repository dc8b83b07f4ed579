"""The demo's plant behaves like one: alarms come and go, in order, from the start."""

from __future__ import annotations

import random

import pytest

from dingbell.alarms.alarm import PRIORITY_BY_WORD
from dingbell.demo.plant import TAGS, UPSETS, Plant


def test_about_thirty_tags_with_sound_alarms() -> None:
    assert len(TAGS) == len({tag.key for tag in TAGS}) == 30
    assert {tag.area for tag in TAGS} == {"泵房", "窑", "空压站", "配电室"}
    assert all(tag.priority in PRIORITY_BY_WORD for tag in TAGS)
    assert all((tag.limit < tag.normal) == tag.type.startswith("L") for tag in TAGS)
    assert {key for upset in UPSETS for key in upset} <= {tag.key for tag in TAGS}


@pytest.mark.parametrize("seed", range(5))
def test_ten_minutes_of_plant(seed: int) -> None:
    plant = Plant(random.Random(seed), 0.0)
    active: set[str] = set()
    by_minute: dict[int, int] = {}
    for second in range(600):
        for event in plant.step(float(second)):
            key = event["key"]
            assert (key in active) == (event["state"] == "cleared"), "an alarm is raised once, then cleared"
            active ^= {key}
            if event["state"] == "active":
                by_minute[second // 60] = by_minute.get(second // 60, 0) + 1
                low = event["limit"] < next(t.normal for t in TAGS if key.startswith(t.key + "#"))
                assert event["value"] <= event["limit"] if low else event["value"] >= event["limit"]
    assert by_minute.get(0, 0) >= 2, "a visitor sees alarms in the first minute"
    assert max(by_minute.values()) <= 15, "a robot takes 18 messages a minute"
    assert sum(by_minute.values()) >= 15
