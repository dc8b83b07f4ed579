"""What kinds of events, forms and uses are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dingbell.channels.base import Form
from dingbell.notify.messages.documents import Kind, Use

Word = str | Promise

KINDS: dict[Kind, tuple[Word, Word]] = {
    Kind.RAISED: (_("发生"), _("报警发生时")),
    Kind.CHANGED: (pgettext_lazy("事件", "升级"), _("级别升高时")),
    Kind.CLEARED: (_("恢复"), _("报警恢复时")),
    Kind.ACKNOWLEDGED: (pgettext_lazy("事件", "确认"), _("有人确认时")),
    Kind.ESCALATED: (_("再次通知"), _("一直没有人确认时")),
    Kind.DIGEST: (_("合并"), _("几条合并成一条时")),
}
USES: dict[Use, Word] = {
    Use.OWN: _("自己的内容"),
    Use.RAISED: _("与“发生”相同"),
    Use.BUILTIN: _("内置内容"),
}
FORMS: dict[Form, tuple[Word, Word]] = {
    Form.MARKDOWN: ("Markdown", _("有标题、加粗、列表和链接。")),
    Form.ACTION_CARD: (_("卡片"), _("Markdown 加按钮。")),
    Form.TEXT: (_("纯文本"), _("群里 @ 人时名字会变蓝、可以点。")),
}
FILTERS: dict[str, Word] = {
    "{{ value|number(1) }}": _("数值保留 1 位小数；number(1, group=true) 加千位分隔"),
    "{{ duration|duration }}": _("时长：12:34、1:02:03"),
    '{{ eventTime|localtime("%m-%d %H:%M") }}': _('换一种时间格式；第二个参数是时区，例如 "UTC"'),
    '{{ area|default("未分区") }}': _("没有值时写什么"),
    "{% if value > limit %}…{% endif %}": _("满足条件才写"),
    "{% for k, v in labels.items() %}{{ k }}={{ v }} {% endfor %}": _("逐个列出标签"),
    '{{ path.split("/")|last }}': _("路径的最后一段"),
    "{{ name|truncate(20) }}": _("最多 20 个字"),
}
