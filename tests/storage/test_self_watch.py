"""The system notices that nothing goes out and that a source fell silent, and says so once over restarts and nodes."""

from __future__ import annotations

import msgspec
import pytest
from django.db import transaction

from dingbell.alarms import sources
from dingbell.alarms.alarm import Report
from dingbell.alarms.models import SourceRow
from dingbell.channels.base import Message
from dingbell.delivery import silence
from dingbell.delivery.models import Attempt, Delivery, Lane, Notice, SilentLane
from dingbell.notify.messages.subjects import zone
from dingbell.notify.models import Robot, Rule, Service
from dingbell.pipeline.intake import Submission
from dingbell.pipeline.notices import Notices
from dingbell.pipeline.self_watch import SelfWatch, Watching
from dingbell.pipeline.system_notices import SystemNotices
from dingbell.storage.times import DAY, HOUR, MINUTE, SECOND
from dingbell.storage.writer import Writer
from dingbell.users import tokens
from tests.storage.conftest import NOW, Node


class Watch:
    """One process that watches by the node's clock; `again` is the same process started anew."""

    def __init__(self, writer: Writer, node: Node, alive_at: str = "") -> None:
        self.writer, self.node, self.alive_at = writer, node, alive_at
        self.again()

    def again(self) -> None:
        clock = lambda: self.node.now_us  # noqa: E731
        notices = Notices(self.node.outbox)
        told = SystemNotices(notices, self.writer, lambda lanes: silence.closed(lanes, clock()))
        watching = Watching(zone(), 10, self.alive_at)
        self.self_watch = SelfWatch(self.writer, clock, self.node.intake.hearing, told, watching)

    def after(self, us: int) -> list[str]:
        """The titles of what is said when so much time has passed."""
        before = Notice.objects.count()
        self.node.now_us += us
        self.self_watch.look()
        return [_message(one).title for one in Notice.objects.order_by("id")[before:]]


def _message(notice: Notice) -> Message:
    return msgspec.json.decode(notice.message, type=Message)


def _last_text() -> str:
    return _message(Notice.objects.latest("id")).text


@pytest.fixture
def watch(writer: Writer, node: Node) -> Watch:
    return Watch(writer, node)


def _settle(state: str) -> None:
    Delivery.objects.filter(state="pending").update(state=state)


def _take(lane: str, at_us: int) -> None:
    Attempt.objects.create(send_id="1", lane=lane, at_us=at_us, verdict="sent")


def test_nothing_goes_out_and_then_it_does(rule: Rule, node: Node, watch: Watch) -> None:
    node.hear(Report(source="plc", key="a", active=True))
    assert watch.after(10 * MINUTE) == []
    assert watch.after(1 * MINUTE) == ["【系统】钉铃发不出任何消息"]
    assert "值班群" in _last_text()
    assert SilentLane.objects.get().since_us == NOW

    watch.again()
    assert watch.after(30 * MINUTE) == [], "a restart does not repeat it"

    _take("r:1", node.now_us)
    _settle("sent")
    assert watch.after(1 * MINUTE) == ["【系统】消息恢复发送"]
    assert "又能发送了" in _last_text()
    assert not SilentLane.objects.exists()
    _settle("sent")
    assert watch.after(1 * MINUTE) == []


def test_what_failed_meanwhile_is_no_recovery(rule: Rule, node: Node, watch: Watch) -> None:
    node.hear(Report(source="plc", key="a", active=True))
    assert len(watch.after(11 * MINUTE)) == 1
    _settle("failed")
    assert watch.after(1 * MINUTE) == ["【系统】没有等待发送的消息了"]
    assert "还不知道" in _last_text()


def test_what_fails_soon_is_silence_as_well(rule: Rule, node: Node, watch: Watch) -> None:
    """Nothing waits for long where DingTalk answers each call with an error of its own."""
    for minute in range(12):
        node.hear(Report(source="plc", key=str(minute), active=True))
        _settle("failed")
        Attempt.objects.create(send_id="1", lane="r:1", at_us=node.now_us, verdict="retry")
        assert watch.after(MINUTE) == (["【系统】钉铃发不出任何消息"] if minute == 10 else [])
    _settle("failed")
    assert watch.after(5 * MINUTE) == []
    assert watch.after(6 * MINUTE) == ["【系统】没有等待发送的消息了"]


def test_a_refused_message_is_no_silence(rule: Rule, node: Node, watch: Watch) -> None:
    for _minute in range(15):
        Attempt.objects.create(send_id="1", lane="r:1", at_us=node.now_us, verdict="refused_content")
        assert watch.after(MINUTE) == []


def test_of_several_ways_the_open_one_is_told(rule: Rule, node: Node, watch: Watch) -> None:
    other = Service.objects.create(name="备用", type="dingtalk")
    Robot.objects.create(service=other, alias="备用群", url="https://x", token="", budget_key="r:2")
    node.hear(Report(source="plc", key="a", active=True))
    _take("r:2", node.now_us + 10 * MINUTE)
    watch.after(11 * MINUTE)
    told = Delivery.objects.filter(notice_id__isnull=False)
    # The silent robot is left out: it is not among those that were told before its own silence was noted.
    assert [one.lane for one in told] == ["r:2"]


@pytest.mark.parametrize(
    "excuse",
    [{"rest_until_us": NOW + DAY, "rest_reason": "waiting_for_budget"}, {"trouble": "token_invalid"}],
    ids=["rests", "in trouble"],
)
def test_a_lane_that_rests_or_whose_trouble_is_known_is_not_silent(
    rule: Rule, node: Node, watch: Watch, excuse: dict[str, int | str]
) -> None:
    node.hear(Report(source="plc", key="a", active=True))
    Lane.objects.filter(key="r:1").update(**excuse)
    assert watch.after(60 * MINUTE) == []


def test_what_is_not_due_yet_does_not_wait(rule: Rule, node: Node, watch: Watch) -> None:
    node.hear(Report(source="plc", key="a", active=True))
    Delivery.objects.update(due_us=NOW + HOUR)
    assert watch.after(30 * MINUTE) == []
    assert watch.after(35 * MINUTE) == []
    assert len(watch.after(6 * MINUTE)) == 1


def test_two_nodes_say_it_once(rule: Rule, node: Node, watch: Watch, writer: Writer) -> None:
    node.hear(Report(source="plc", key="a", active=True))
    node.now_us += 11 * MINUTE
    found = silence.change(silence.lanes({}, 10 * MINUTE, node.now_us), {}, 10 * MINUTE, node.now_us)
    assert found
    with transaction.atomic():
        assert silence.note(found, node.now_us).began
        assert not silence.note(found, node.now_us)


def test_a_source_falls_silent_and_is_heard_again(rule: Rule, node: Node, watch: Watch) -> None:
    node.hear(Report(source="plc", key="a", active=True))
    _settle("sent")
    with transaction.atomic():
        sources.limit("plc", 5, NOW)
    assert watch.after(1 * MINUTE) == []
    assert SourceRow.objects.get().heard_us == NOW
    assert watch.after(6 * MINUTE) == ["【系统】接入“plc”没有声音"]
    _settle("sent")
    watch.again()
    assert watch.after(9 * MINUTE) == []
    node.hear(Report(source="plc", key="a", active=True), receipt_us=node.now_us)
    assert watch.after(1 * MINUTE) == ["【系统】接入恢复"]
    assert SourceRow.objects.get().silent_us is None


def test_an_empty_array_is_a_sign_of_life_of_what_its_token_reports(rule: Rule, node: Node, watch: Watch) -> None:
    _token, plain = tokens.create("plc", ["events:write"])
    _other, strange = tokens.create("other", ["events:write"])
    mine, others = tokens.digest(plain), tokens.digest(strange)
    node.intake.submit_and_wait(Submission([Report(source="plc", key="a", active=True)], NOW, mine))
    watch.after(0)
    node.intake.submit_and_wait(Submission([], NOW + 50 * SECOND, mine))
    node.intake.submit_and_wait(Submission([], NOW + 55 * SECOND, others))
    assert SourceRow.objects.get().heard_us == NOW, "nothing is written on the way of a request"
    watch.after(1 * MINUTE)
    assert SourceRow.objects.get().heard_us == NOW + 50 * SECOND


def test_alive_once_a_day_over_restarts_and_nodes(rule: Rule, node: Node, writer: Writer) -> None:
    node.now_us = NOW - NOW % DAY + 22 * HOUR  # 06:00 in Shanghai
    node.hear(Report(source="plc", key="a", active=True), receipt_us=node.now_us)
    _settle("sent")
    watch, second = Watch(writer, node, "08:00"), Watch(writer, node, "08:00")
    assert watch.after(HOUR) == []
    assert watch.after(HOUR) == ["【系统】钉铃在运行"]
    text = _last_text()
    assert "活动 1，未确认 1" in text
    assert "发出 1，失败 0，过期 0" in text
    watch.again()
    _settle("sent")
    assert watch.after(HOUR) == []
    assert second.after(0) == []
    assert watch.after(23 * HOUR) == ["【系统】钉铃在运行"]


def test_one_of_several_is_not_said_to_be_all(rule: Rule, node: Node, watch: Watch) -> None:
    node.hear(Report(source="plc", key="a", active=True))
    Lane.objects.create(key="r:2")
    _take("r:2", node.now_us + 5 * MINUTE)
    assert watch.after(11 * MINUTE) == ["【系统】1 个接收者的消息发不出去"]
