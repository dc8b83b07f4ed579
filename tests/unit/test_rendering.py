"""The built-in message, word for word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from dingbell.alarms.alarm import Alarm, EventKind, Priority
from dingbell.channels.base import Button, Form
from dingbell.notify.messages.rendering import Occurrence, Reminder, builtin, duration, local_time, value_text
from dingbell.storage.times import DAY, HOUR, MINUTE, SECOND, to_us

SHANGHAI = ZoneInfo("Asia/Shanghai")
RAISED = to_us(datetime(2026, 11, 22, 0, 0, tzinfo=UTC))
ALARM = Alarm(
    id=7, source="plc-1", key="P3#HH", name="3号泵压力超高", path="一车间/泵房/3号泵", area="一车间", type="HH",
    unit="bar", description="请检查出口阀", priority=Priority.CRITICAL, value=12.4, limit=10.0,
    active=True, acked=False, raised_us=RAISED,
)  # fmt: skip


def message(kind: EventKind, alarm: Alarm = ALARM, *, at_us: int = RAISED, **who: str) -> tuple[str, str]:
    """Title and text, with the line ends of DingTalk's markdown taken off."""
    made = builtin(Occurrence(kind, alarm, at_us, **who), SHANGHAI)
    assert made.form is Form.MARKDOWN
    return made.title, made.text.replace("  \n", "\n")


def test_a_raised_alarm() -> None:
    assert message(EventKind.RAISED) == (
        "【紧急】3号泵压力超高",
        "### 🔴 紧急报警：3号泵压力超高\n\n"
        "- **级别**：🔴 紧急\n"
        "- **状态**：活动，未确认\n"
        "- **数值**：12.4 bar（限值 10 bar）\n"
        "- **时间**：2026-11-22 08:00:00\n"
        "- **位置**：一车间/泵房/3号泵\n"
        "- **类型**：HH\n"
        "- **描述**：请检查出口阀",
    )


def test_a_recovery() -> None:
    over = replace(ALARM, active=False, value=9.8)
    assert message(EventKind.CLEARED, over, at_us=RAISED + 42 * SECOND) == (
        "【恢复】3号泵压力超高",
        "### 🟢 已恢复：3号泵压力超高\n\n"
        "- **级别**：🔴 紧急\n"
        "- **状态**：已恢复，未确认\n"
        "- **数值**：9.8 bar（限值 10 bar）\n"
        "- **时间**：2026-11-22 08:00:42\n"
        "- **持续**：00:42\n"
        "- **位置**：一车间/泵房/3号泵\n"
        "- **类型**：HH\n"
        "- **描述**：请检查出口阀",
    )


def test_an_acknowledgement() -> None:
    acked = replace(ALARM, acked=True, type="", description="", value=None)
    assert message(EventKind.ACKED, acked, actor="张师傅", note="已到现场") == (
        "【确认】3号泵压力超高",
        "### ✅ 已确认：3号泵压力超高\n\n"
        "- **级别**：🔴 紧急\n"
        "- **状态**：活动，已确认\n"
        "- **限值**：10 bar\n"
        "- **时间**：2026-11-22 08:00:00\n"
        "- **确认人**：张师傅\n"
        "- **备注**：已到现场\n"
        "- **位置**：一车间/泵房/3号泵",
    )


def test_a_shelving_and_its_end() -> None:
    shelved = replace(ALARM, type="", path="", area="", value=None, limit=None, description="")
    until = replace(shelved, shelved_until_us=RAISED + 8 * HOUR)
    assert message(EventKind.SHELVED, until, actor="李工", note="在修泵") == (
        "【搁置】3号泵压力超高",
        "### ⏸ 已搁置：3号泵压力超高\n\n"
        "- **级别**：🔴 紧急\n"
        "- **状态**：活动，未确认，已搁置\n"
        "- **时间**：2026-11-22 08:00:00\n"
        "- **搁置人**：李工\n"
        "- **搁置至**：2026-11-22 16:00:00\n"
        "- **备注**：在修泵",
    )
    assert message(EventKind.UNSHELVED, shelved) == (
        "【搁置结束·紧急】3号泵压力超高",
        "### 🔴 搁置结束：3号泵压力超高\n\n"
        "- **级别**：🔴 紧急\n"
        "- **状态**：活动，未确认\n"
        "- **时间**：2026-11-22 08:00:00\n"
        "- **取消人**：到时自动取消",
    )


def test_a_more_urgent_priority() -> None:
    title, text = message(EventKind.CHANGED, replace(ALARM, priority=Priority.HIGH))
    assert title == "【升级·高】3号泵压力超高"
    assert text.startswith("### 🟠 升级为高级报警：3号泵压力超高\n")


def test_an_alarm_of_which_nothing_but_its_key_is_known() -> None:
    bare = Alarm(id=1, source="plc-1", key="P3#HH", active=True, acked=False)
    assert message(EventKind.RAISED, bare) == (
        "【中】P3#HH",
        "### 🟡 中级报警：P3#HH\n\n- **级别**：🟡 中\n- **状态**：活动，未确认\n- **时间**：2026-11-22 08:00:00",
    )


@pytest.mark.parametrize(("acked", "label"), [(False, "查看并确认"), (True, "查看报警")])
def test_with_a_public_address_the_message_leads_to_the_alarm(acked: bool, label: str) -> None:
    event = Occurrence(EventKind.RAISED, replace(ALARM, acked=acked), RAISED, url="https://plant.example/alarms/7/")
    made = builtin(event, SHANGHAI)
    assert made.form is Form.ACTION_CARD
    assert made.buttons == (Button(label, "https://plant.example/alarms/7/"),)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"value": 12.4, "unit": "bar", "limit": 10.0}, "12.4 bar（限值 10 bar）"),
        ({"value": 12.4}, "12.4"),
        ({"value": 0.1 + 0.2, "unit": "%"}, "0.3 %"),
        ({"value": 1500000}, "1500000"),
        ({"value": 0}, "0"),
        ({"value": True}, "是"),
        ({"value": False}, "否"),
        ({"value": "开", "limit": "关"}, "开（限值 关）"),
        ({"value": None, "limit": 5}, ""),
    ],
)
def test_values_as_people_write_them(fields: dict[str, Any], text: str) -> None:
    assert value_text(Alarm(id=1, source="s", key="k", **fields)) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "00:00"),
        (59_999_999, "00:59"),
        (HOUR - 1, "59:59"),
        (HOUR + 2 * MINUTE + 3 * SECOND, "1:02:03"),
        (2 * DAY + 3 * HOUR + 4 * MINUTE + 5 * SECOND, "2 天 03:04:05"),
    ],
)
def test_durations(us: int, text: str) -> None:
    assert duration(us) == text


def test_times_are_those_of_the_plant() -> None:
    assert local_time(RAISED, SHANGHAI) == "2026-11-22 08:00:00"
    assert local_time(RAISED, ZoneInfo("America/New_York")) == "2026-11-21 19:00:00"


def test_a_clear_from_a_clock_that_went_back_has_no_duration() -> None:
    _, text = message(EventKind.CLEARED, replace(ALARM, active=False), at_us=RAISED - SECOND)
    assert "持续" not in text


def test_a_reminder_says_the_how_manieth_it_is_and_since_when_nobody_acted() -> None:
    made = builtin(Occurrence(EventKind.RAISED, ALARM, RAISED), SHANGHAI, Reminder(2, timedelta(minutes=20)))
    assert made.title == "【提醒·紧急】3号泵压力超高"
    text = made.text.replace("  \n", "\n")
    assert text.startswith("### 🔴 第 2 次提醒：3号泵压力超高\n")
    assert text.endswith("- **已等待**：20:00")
    raised = message(EventKind.RAISED)[1]
    assert text.splitlines()[1:-1] == raised.splitlines()[1:]
