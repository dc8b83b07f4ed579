"""What people call priorities, states and events: the same words on every page."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dingbell.alarms.alarm import AckMode, EventKind, Priority, State
from dingbell.delivery.models import DeliveryState

Word = str | Promise

# The most urgent first, as lists show them.
PRIORITIES: dict[Priority, Word] = {
    Priority.CRITICAL: _("紧急"),
    Priority.HIGH: _("高"),
    Priority.MEDIUM: _("中"),
    Priority.LOW: _("低"),
}
STATES: dict[State, Word] = {
    State.ACTIVE_UNACKED: _("活动未确认"),
    State.ACTIVE_ACKED: _("活动已确认"),
    State.CLEARED_UNACKED: _("恢复未确认"),
    State.CLEARED_ACKED: _("恢复已确认"),
}
EVENTS: dict[EventKind, Word] = {
    EventKind.RAISED: _("发生"),
    EventKind.CHANGED: _("变化"),
    EventKind.CLEARED: _("恢复"),
    EventKind.ACKED: pgettext_lazy("事件", "确认"),
    EventKind.SHELVED: pgettext_lazy("事件", "搁置"),
    EventKind.UNSHELVED: _("取消搁置"),
    EventKind.COMMENTED: _("备注"),
}
ACK_MODES: dict[AckMode, Word] = {
    AckMode.AUTO: _("恢复时自动确认"),
    AckMode.MANUAL: _("人工确认"),
    AckMode.MANUAL_NOTE: _("人工确认，必须填写备注"),
}
DELIVERIES: dict[DeliveryState, Word] = {
    DeliveryState.PENDING: _("待发送"),
    DeliveryState.SENDING: _("发送中"),
    DeliveryState.SENT: _("已发送"),
    DeliveryState.FAILED: _("失败"),
    DeliveryState.SUPPRESSED: _("未发送"),
    DeliveryState.EXPIRED: _("已过期"),
}
# What people should know of how a message was made.
REMARKS: dict[str, Word] = {
    "template_failed": _("通知内容出错，发送的是内置内容。"),
    "message_deleted": _("通知内容已删除，发送的是内置内容。"),
    "sanitised": _("钉钉拒收了原消息，去掉链接、图片和说明文字后重发。"),
    "shortened": _("钉钉认为原消息太长，缩短后重发。"),
    "uncalled": _("群里不能@所有人，去掉后重发。"),
}
