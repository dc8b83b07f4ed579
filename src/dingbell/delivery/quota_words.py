"""What people call the quota's pools, modes and causes: the same on the page, in the audit and in the chat."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dingbell.delivery.mode import Cause, Mode
from dingbell.delivery.quota import Pool

Word = str | Promise

POOLS: dict[Pool, Word] = {
    Pool.WEBHOOK: pgettext_lazy("额度", "群机器人"),
    Pool.API: pgettext_lazy("额度", "个人消息"),
}
AUTOMATIC = "automatic"
MODES: dict[str, Word] = {
    AUTOMATIC: pgettext_lazy("额度", "自动"),
    Mode.NORMAL: pgettext_lazy("额度", "正常发送"),
    Mode.MERGE: pgettext_lazy("额度", "多合并"),
    Mode.CRITICAL: pgettext_lazy("额度", "只发紧急"),
    Mode.STOPPED: pgettext_lazy("额度", "停止发送"),
}
MEANINGS: dict[Mode, Word] = {
    Mode.NORMAL: _("报警照常发送。"),
    Mode.MERGE: _("除紧急报警外，消息合并成较少的几条发送。"),
    Mode.CRITICAL: _("只发送紧急报警，其余的排队等候。"),
    Mode.STOPPED: _("什么都不发送，消息排队等候。"),
}
CAUSES: dict[Cause, Word] = {
    Cause.PLENTY: _("额度充足。"),
    Cause.UNCOUNTED: _("没有设置额度：只计数，不限制。"),
    Cause.FORECAST: _("照最近几天的用量，到月底会超过额度。"),
    Cause.NEARLY_USED: _("本月的额度快用完了。"),
    Cause.CHOSEN: _("由人选定，到本月底为止。"),
    Cause.REFUSED: _("钉钉答复本月的额度已用完。"),
}
