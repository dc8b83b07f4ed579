"""In which words an alarm goes out, whatever became of the message its rule asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from dingbell.alarms.alarm import EventKind
from dingbell.channels.base import Message
from dingbell.notify import models
from dingbell.notify.messages.rendering import Occurrence, Reminder, builtin
from dingbell.notify.messages.template_faults import Fault
from dingbell.pipeline.wording import Words
from tests.unit.test_rendering import ALARM, RAISED, SHANGHAI

pytestmark = pytest.mark.django_db


def stored(**contents: Any) -> int:
    made = models.Message.objects.create(name="m", type="dingtalk", contents=contents)
    return int(made.pk)


def happened(kind: EventKind) -> Occurrence:
    return Occurrence(kind, replace(ALARM, acked=True), RAISED)


def built_in(kind: EventKind) -> Message:
    return builtin(happened(kind), SHANGHAI)


def test_each_kind_has_its_own_words_or_the_built_in_ones() -> None:
    words = Words()
    message_id = stored(raised={"body": "{name}"}, cleared={"use": "raised"}, acknowledged={"use": "builtin"})

    def said(kind: EventKind) -> Message:
        worded = words.word(message_id, happened(kind), SHANGHAI)
        assert (worded.remark, worded.fault) == ("", "")
        return worded.message

    assert said(EventKind.RAISED).text == said(EventKind.CLEARED).text == "3号泵压力超高"
    for kind in (EventKind.ACKED, EventKind.CHANGED, EventKind.SHELVED, EventKind.UNSHELVED, EventKind.COMMENTED):
        assert said(kind) == built_in(kind)
    assert words.word(None, happened(EventKind.RAISED), SHANGHAI).message == built_in(EventKind.RAISED)


def test_what_is_told_again_has_words_of_its_own() -> None:
    reminder = Reminder(3, timedelta(minutes=30))

    def said(message_id: int | None) -> Message:
        return Words().word(message_id, happened(EventKind.RAISED), SHANGHAI, reminder).message

    own = stored(raised={"body": "{name}"}, escalated={"body": "{{ step }}：{{ waited }}"})
    assert said(own).text == "3：30:00"
    built = builtin(happened(EventKind.RAISED), SHANGHAI, reminder)
    assert said(None) == built
    failing = models.Message.objects.create(name="n", type="dingtalk", contents={"escalated": {"body": "{{ 1/0 }}"}})
    worded = Words().word(failing.pk, happened(EventKind.RAISED), SHANGHAI, reminder)
    assert (worded.message, worded.remark) == (built, "template_failed")


@pytest.mark.parametrize(
    ("body", "text"), [("{{ 1/0 }}", "除以了零"), ("{{ no_longer_known }}", "没有这个参数：%(what)s")]
)
def test_a_failing_template_and_a_deleted_message_say_so(body: str, text: str) -> None:
    message_id = stored(raised={"body": body})
    worded = Words().word(message_id, happened(EventKind.RAISED), SHANGHAI)
    assert (worded.message, worded.remark) == (built_in(EventKind.RAISED), "template_failed")
    fault = msgspec.json.decode(worded.fault, type=Fault)
    assert (fault.text, fault.field, fault.line) == (text, "body", 1)
    models.Message.objects.all().delete()
    gone = Words().word(message_id, happened(EventKind.RAISED), SHANGHAI)
    assert (gone.message, gone.remark, gone.fault) == (built_in(EventKind.RAISED), "message_deleted", "")
