"""Time in which intake was down does not count against a source that must repeat its alarms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dingbell.alarms import presence, store
from dingbell.alarms.alarm import Report
from dingbell.pipeline.intake import Intake, Submission
from dingbell.storage.times import HOUR, MINUTE, SECOND
from dingbell.storage.writer import Writer
from tests.sources.alerting import NOW


@pytest.mark.django_db
class TestPresence:
    def test_the_first_moment_follows_no_silence(self) -> None:
        assert presence.note(NOW, starting=True) == 0

    def test_a_process_that_runs_was_there_unless_it_stood_still_for_long(self) -> None:
        presence.note(NOW)
        assert presence.note(NOW + 29 * SECOND) == 0
        assert presence.note(NOW + 60 * SECOND) == 31 * SECOND
        assert presence.note(NOW + 61 * SECOND) == 0

    def test_a_process_that_starts_was_away_since_the_last_moment_known(self) -> None:
        presence.note(NOW)
        assert presence.note(NOW + 3 * SECOND, starting=True) == 3 * SECOND
        assert presence.note(NOW + 4 * SECOND, starting=True) == SECOND

    def test_a_clock_that_was_set_back_is_no_silence(self) -> None:
        presence.note(NOW)
        assert presence.note(NOW - HOUR, starting=True) == 0
        assert presence.note(NOW - HOUR + SECOND) == 0


class Clock:
    def __init__(self) -> None:
        self.now_us = NOW

    def __call__(self) -> int:
        return self.now_us


class Heard:
    """An intake with a clock of its own; `start` makes another, as a new process would."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.clock = Clock()
        self.start()

    def start(self) -> None:
        self._intake = Intake(self._writer, self.clock, lambda lanes: None)

    def tell(self, *reports: Report) -> None:
        self._intake.submit_and_wait(Submission(reports, self.clock.now_us))

    def after(self, microseconds: int) -> None:
        self.clock.now_us += microseconds
        self._intake.expire()

    @property
    def active(self) -> list[str]:
        return sorted(alarm.key for alarm in store.repeating())


@pytest.fixture
def heard(transactional_db: None) -> Iterator[Heard]:
    writer = Writer()
    writer.start()
    yield Heard(writer)
    writer.stop()


def firing(key: str, good_for_us: int) -> Report:
    return Report(source="alertmanager", key=key, active=True, time_us=NOW, expires_us=NOW + good_for_us)


def resolved(key: str) -> Report:
    return Report(source="alertmanager", key=key, active=False, time_us=NOW)


def test_an_alarm_clears_when_nobody_repeats_it(heard: Heard) -> None:
    heard.tell(firing("short", 5 * SECOND), firing("long", MINUTE))
    heard.after(4 * SECOND)
    assert heard.active == ["long", "short"]
    heard.after(SECOND)
    assert heard.active == ["long"]


def test_after_a_start_the_sender_has_as_long_as_it_had_left(heard: Heard) -> None:
    heard.tell(firing("P3", 5 * SECOND))
    heard.clock.now_us += HOUR
    heard.start()
    heard.after(0)
    heard.after(4 * SECOND)
    assert heard.active == ["P3"]
    heard.after(SECOND)
    assert heard.active == []


def test_silence_before_an_alarm_was_there_gives_it_no_time(heard: Heard) -> None:
    """Nothing could expire, so nobody looked at the clock; the first of the batch does not repeat itself."""
    heard.tell(firing("before", SECOND))
    heard.after(SECOND)
    heard.clock.now_us = NOW + HOUR
    late = Report(source="alertmanager", key="P4", active=True, expires_us=NOW + HOUR + 5 * SECOND)
    heard.tell(resolved("P3"), late)
    heard.after(5 * SECOND)
    assert heard.active == []
