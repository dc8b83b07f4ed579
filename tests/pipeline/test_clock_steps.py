"""The clock of this computer is set (NTP, somebody by hand) while the product runs; DingTalk's goes on."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from django.db import OperationalError

from dingbell.alarms.alarm import Report
from dingbell.alarms.models import Event, SourceRow
from dingbell.delivery import clock_steps
from dingbell.delivery.budget import ROBOT
from dingbell.delivery.models import Attempt, Delivery, Lane, Send
from dingbell.notify.models import Block, Silence
from dingbell.notify.rules.documents import GatherDocument, TimingDocument
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.documents import PeriodDocument, ScheduleInput
from dingbell.notify.silences import silences
from dingbell.notify.silences.silences import SilenceInput
from dingbell.pipeline.intake import Submission
from dingbell.storage.times import HOUR, MINUTE, SECOND, from_us
from dingbell.storage.writer import StorageUnavailable
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import StandingPlant
from tests.serving import eventually

ONE_HOUR, EIGHT_HOURS, YEARS = 3_600, 8 * 3_600, 26 * 365 * 86_400
BOTH_WAYS = pytest.mark.parametrize("seconds", [ONE_HOUR, -ONE_HOUR, EIGHT_HOURS, -EIGHT_HOURS, YEARS])


@pytest.fixture
def plant(transactional_db: None, simulator: RunningSimulator) -> Iterator[StandingPlant]:
    with StandingPlant(simulator) as made:
        made.robot("值班群")
        made.configured()
        yield made


def wants(plant: StandingPlant, **timing: object) -> None:
    Block.objects.update(timing=msgspec.to_builtins(TimingDocument(**timing)))
    plant.configured()


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def broken(plant: StandingPlant, times: int = 1) -> None:
    plant.simulator.post("/_sim/faults", {"path": "/robot/send", "times": times, "status": 503})


@BOTH_WAYS
@pytest.mark.parametrize("noticed", [True, False])
def test_a_robots_minute_stays_as_full_as_it_is(plant: StandingPlant, seconds: int, noticed: bool) -> None:
    for burst in range(3):
        for number in range(8):
            plant.alarm(f"{burst}-{number}")
        plant.set_clock(seconds, noticed=noticed)
    assert set(Attempt.objects.values_list("reason", flat=True)) == {"ok"}
    assert Attempt.objects.count() <= ROBOT.calls
    assert states().count("pending") == 6
    plant.set_clock(seconds)
    plant.pass_time(62)
    assert states() == ["sent"] * 24


@BOTH_WAYS
def test_what_is_tried_again_in_two_seconds_is(plant: StandingPlant, seconds: int) -> None:
    broken(plant)
    plant.alarm("old")
    plant.set_clock(seconds)
    plant.alarm("new")
    plant.pass_time(1)
    assert states() == ["pending", "pending"]
    plant.pass_time(1)
    assert states() == ["sent", "sent"]
    assert Attempt.objects.count() == 3


@BOTH_WAYS
def test_a_hold_lasts_as_long_as_dingtalk_said(plant: StandingPlant, seconds: int) -> None:
    plant.simulator.post("/_sim/faults", {"path": "/robot/send", "times": 1, "errcode": 130101})
    plant.alarm("held")
    before = Lane.objects.get().hold_until_us - plant.engine.clock()
    plant.set_clock(seconds)
    assert Lane.objects.get().hold_until_us - plant.engine.clock() == before > 9 * MINUTE
    plant.pass_time(60)
    assert Attempt.objects.count() == 1
    plant.pass_time(before / SECOND - 60)
    assert states() == ["sent"]


@BOTH_WAYS
def test_news_that_wait_do_not_get_old(plant: StandingPlant, seconds: int) -> None:
    broken(plant)
    plant.alarm("low", priority=1)
    sent = Send.objects.get()
    plant.set_clock(seconds)
    (moved,) = Send.objects.all()
    assert moved.created_us - sent.created_us == seconds * SECOND
    plant.pass_time(2)
    assert states() == ["sent"]


@BOTH_WAYS
@pytest.mark.parametrize("timing", [{"delay_s": 120}, {"gather": GatherDocument(delay_s=120, every_s=7_200)}])
def test_what_a_block_puts_off_waits_as_long_as_it_says(
    plant: StandingPlant, timing: dict[str, object], seconds: int
) -> None:
    wants(plant, **timing)
    plant.alarm("a")
    plant.set_clock(seconds)
    plant.alarm("b")
    plant.pass_time(119)
    assert states() == ["pending", "pending"]
    plant.pass_time(1)
    assert states() == ["sent", "sent"]


@pytest.mark.parametrize("seconds", [-ONE_HOUR, -EIGHT_HOURS])
def test_a_reminder_comes_in_time_after_the_clock_was_set_back(plant: StandingPlant, seconds: int) -> None:
    wants(plant, repeat_minutes=10)
    plant.alarm("a")
    plant.set_clock(seconds)
    plant.pass_time(599)
    plant.engine.repeating.repeat()
    assert Delivery.objects.count() == 1
    plant.pass_time(1)
    plant.engine.repeating.repeat()
    plant.rest()
    assert states() == ["sent", "sent"]


@pytest.mark.parametrize("seconds", [ONE_HOUR, -ONE_HOUR, EIGHT_HOURS, -EIGHT_HOURS])
def test_what_people_chose_by_the_clock_on_the_wall_stays(plant: StandingPlant, seconds: int) -> None:
    opens_us = plant.now_us - plant.now_us % MINUTE + 40 * HOUR
    start, end = (from_us(us).strftime("%H:%M:%S") for us in (opens_us, opens_us + HOUR))
    period = PeriodDocument(weekdays=[from_us(opens_us).isoweekday()], start=start, end=end)
    made = schedules.create(ScheduleInput(name="白班", kind="standard", time_zone="UTC", periods=[period]))
    Block.objects.update(schedule_id=made.id)
    wants(plant, outside="hold")
    plant.alarm("a")
    silenced = SilenceInput(reason="检修", until=from_us(opens_us).isoformat())
    silences.create(silenced, "wang", plant.now_us)
    plant.alarm("b")
    plant.set_clock(seconds)
    assert Delivery.objects.get(state="pending").due_us == Silence.objects.get().until_us == opens_us
    plant.pass_time((opens_us - plant.engine.clock()) / SECOND - 1)
    assert states() == ["pending", "suppressed"]
    plant.pass_time(1)
    assert states() == ["sent", "suppressed"]


def test_a_second_is_no_step_and_a_step_is_taken_once(plant: StandingPlant, caplog: pytest.LogCaptureFixture) -> None:
    broken(plant)
    plant.alarm("a")
    due_us = Send.objects.get().due_us
    plant.set_clock(1)
    assert (Send.objects.get().due_us, plant.engine.clock()) == (due_us, plant.now_us + SECOND)
    plant.set_clock(-ONE_HOUR)
    plant.set_clock(0)
    assert Send.objects.get().due_us == due_us - HOUR
    assert plant.engine.clock() == plant.now_us - HOUR + SECOND


def test_the_worker_notices_by_itself(plant: StandingPlant) -> None:
    plant.set_clock(-ONE_HOUR, noticed=False)
    eventually(lambda: plant.engine.clock() == plant.now_us - HOUR)


def test_what_comes_meanwhile_is_written_by_one_clock(plant: StandingPlant) -> None:
    plant.set_clock(EIGHT_HOURS, noticed=False)
    plant.alarm("a")
    plant.set_clock(0)
    plant.alarm("b")
    first, second = Event.objects.order_by("id").values_list("received_us", flat=True)
    assert second - first in (0, 8 * HOUR)  # the worker may have looked around before
    assert states() == ["sent", "sent"]


def test_what_another_clock_left_ahead_holds_up_nothing(plant: StandingPlant) -> None:
    """The process was down while the clock was set back."""
    broken(plant)
    plant.alarm("a")
    ahead_us = plant.now_us + 8 * HOUR
    Lane.objects.update(hold_until_us=ahead_us)
    Send.objects.update(due_us=ahead_us)
    Attempt.objects.update(at_us=ahead_us)
    for number in range(20):
        send = Send.objects.create(
            id=f"s{number}", lane=Lane.objects.get().key, state="taken", service_id=1, body="", due_us=0,
            created_us=ahead_us, credential=Lane.objects.get().key,
        )  # fmt: skip
        Attempt.objects.create(send_id=send.id, lane=send.lane, at_us=ahead_us, verdict="sent")
    plant.pass_time(1)
    plant.alarm("b")
    plant.pass_time(15)
    assert states() == ["sent", "sent"]


@BOTH_WAYS
def test_a_call_under_way_is_judged_by_its_own_age(plant: StandingPlant, seconds: int) -> None:
    plant.simulator.post("/_sim/faults", {"path": "/robot/send", "times": 1, "status": 503, "delay_s": 0.5})
    report = Report(source="plc", key="a", active=True, name="a", time_us=plant.now_us)
    plant.engine.intake.submit_and_wait(Submission((report,), plant.now_us))
    plant.set_clock(seconds)
    assert states() == ["pending"]
    assert Send.objects.get().due_us == plant.engine.clock() + 2 * SECOND
    plant.pass_time(2)
    assert states() == ["sent"]


def test_calls_of_the_hour_that_comes_again_fill_no_window(plant: StandingPlant) -> None:
    for number in range(10):
        plant.alarm(f"before-{number}")
        plant.pass_time(300)
    plant.set_clock(-ONE_HOUR)
    plant.pass_time(62)
    for number in range(12):
        plant.alarm(f"after-{number}")
    assert states() == ["sent"] * 22
    at_us = list(Attempt.objects.order_by("id").values_list("at_us", flat=True))
    assert at_us == sorted(at_us)


def test_a_step_that_cannot_be_written_is_taken_at_the_next_look(
    plant: StandingPlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(plant)
    plant.alarm("a")
    due_us = Send.objects.get().due_us
    real = clock_steps.move

    def fails(by_us: int, now_us: int) -> None:
        real(by_us, now_us)
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(clock_steps, "move", fails)
        with pytest.raises(StorageUnavailable):
            plant.set_clock(-ONE_HOUR)
        assert (Send.objects.get().due_us, plant.engine.clock()) == (due_us, plant.now_us)
    plant.set_clock(0)
    assert (Send.objects.get().due_us, plant.engine.clock()) == (due_us - HOUR, plant.now_us - HOUR)


def test_a_source_is_not_silent_because_the_clock_was_set_ahead(plant: StandingPlant) -> None:
    plant.alarm("a")
    plant.engine.self_watch.look()
    SourceRow.objects.update(silent_minutes=5)
    plant.set_clock(EIGHT_HOURS)
    plant.engine.self_watch.look()
    assert SourceRow.objects.get().silent_us is None
    plant.pass_time(480)
    plant.engine.self_watch.look()
    assert SourceRow.objects.get().silent_us is not None
