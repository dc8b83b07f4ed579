"""When a source has fallen silent: no event and no heartbeat for longer than its limit."""

from __future__ import annotations

from dingbell.alarms.sources import Watched, change
from dingbell.storage.times import MINUTE

NOW = 1_000 * MINUTE


def ago(minutes: float) -> int:
    return NOW - int(minutes * MINUTE)


def test_a_source_is_silent_once_its_limit_and_the_unwritten_minute_are_over() -> None:
    sources = [
        Watched("late", 5, ago(7), 0),
        Watched("in time", 5, ago(6), 0),
        Watched("never heard", 5, None, ago(10)),
        Watched("watched just now", 5, ago(99), ago(1)),
        Watched("told of", 5, ago(99), 0, silent_us=ago(99)),
    ]
    found = change(sources, 0, NOW)
    assert found.began == {"late": ago(7), "never heard": ago(10)}
    assert not found.over


def test_nobody_is_silent_before_we_have_listened_that_long() -> None:
    source = Watched("plc", 5, ago(60), 0)
    assert not change([source], ago(3), NOW).began
    assert change([source], ago(7), NOW).began == {"plc": ago(60)}


def test_it_is_over_once_it_was_heard() -> None:
    found = change([Watched("plc", 5, ago(1), 0, silent_us=ago(30))], 0, NOW)
    assert (found.began, found.over) == ({}, {"plc": ago(1)})
