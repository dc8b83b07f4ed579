"""When a block speaks, in one line."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from dingbell.notify.rules.documents import GatherDocument, TimingDocument
from dingbell.web.rules.timing_words import said


@pytest.mark.parametrize(
    ("timing", "text"),
    [
        (TimingDocument(), "立即发送，只发一次"),
        (
            TimingDocument(delay_s=30, repeat_minutes=10, repeat_most=3, quiet=["acked"]),
            "延迟 30 秒；每 10 分钟重复，最多 3 次，直到确认",
        ),
        (TimingDocument(repeat_minutes=120), "每 2 小时重复，直到确认、恢复或搁置"),
        (TimingDocument(repeat_minutes=1, quiet=[]), "每 1 分钟重复"),
        (TimingDocument(delay_s=3600, outside="hold"), "延迟 1 小时；排程之外的等到排程开始再发"),
        (TimingDocument(delay_s=90), "延迟 90 秒"),
        (TimingDocument(gather=GatherDocument(delay_s=20)), "收集 20 秒，合并成一条"),
        (TimingDocument(gather=GatherDocument(every_s=300)), "合并发送，两次至少间隔 5 分钟"),
        (
            TimingDocument(gather=GatherDocument(delay_s=20, every_s=300), recovery_to_told=True),
            "收集 20 秒，合并成一条，两次至少间隔 5 分钟；恢复只告诉收到过报警的人",
        ),
        (TimingDocument(recall_on_clear=True, receipts=True), "恢复后撤回；查询是否已读"),
    ],
)
def test_a_timing_in_one_line(timing: TimingDocument, text: str) -> None:
    assert said(timing) == text


def test_it_is_said_in_english_too() -> None:
    timing = TimingDocument(delay_s=1, repeat_minutes=10, repeat_most=1, quiet=["acked", "cleared"], outside="hold")
    with override("en"):
        assert said(timing) == (
            "1 second later; again every 10 minutes, at most once, until acknowledged or cleared;"
            " outside the schedule it waits"
        )
        assert said(TimingDocument()) == "At once, and once only"
