"""A message as it would go out: rendered, measured against DingTalk's limits, with what would be lost. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dingbell.channels.base import Form, Message
from dingbell.channels.dingtalk import account, markdown, robot
from dingbell.channels.dingtalk.fitting import size
from dingbell.channels.dingtalk.markdown import Undrawn
from dingbell.notify.messages import digests, samples, wordings
from dingbell.notify.messages.digests import Told
from dingbell.notify.messages.documents import ContentDocument, Kind
from dingbell.notify.messages.rendering import Reminder, builtin
from dingbell.notify.messages.template_faults import TemplateFailed, TemplateRefused
from dingbell.notify.messages.template_values import Situation

ROBOT_LIMIT, ACCOUNT_LIMIT = 20_000, 15_000  # dingtalk-api §1.8, §2.3
_MSG_UUID = "0" * 32
_MOST_WARNINGS = 12


class PreviewButton(msgspec.Struct, frozen=True):
    title: str
    url: str


class Preview(msgspec.Struct, kw_only=True):
    """`bytes` is the JSON a group robot would be sent, against `limit`; `account_…` the same for people.

    `error` is why the template failed: what stands here is then the built-in message, which goes out instead.
    """

    kind: str
    builtin: bool
    form: str
    title: str
    text: str
    buttons: list[PreviewButton]
    bytes: int
    limit: int
    account_bytes: int
    account_limit: int
    warnings: list[str]
    error: str | None
    error_field: str | None


_UNDRAWN: dict[Undrawn, str | Promise] = {
    Undrawn.TABLE: gettext_lazy("表格：手机上不显示为表格"),
    Undrawn.CODE: gettext_lazy("代码（`）：手机上不显示为代码"),
    Undrawn.HTML: gettext_lazy("HTML 标签：不起作用"),
    Undrawn.NESTED_LIST: gettext_lazy("缩进的列表：不显示层级"),
    Undrawn.STRIKETHROUGH: gettext_lazy("删除线（~~）：不起作用"),
    Undrawn.RULE: gettext_lazy("分隔线：不一定显示"),
    Undrawn.TASK_LIST: gettext_lazy("勾选框：不起作用"),
    Undrawn.UNDERLINED_HEADING: gettext_lazy("用 === 画的标题：请用 #"),
    Undrawn.LINK_WITHOUT_SCHEME: gettext_lazy("链接地址没有以 http:// 或 https:// 开头：点不开"),
    Undrawn.PICTURE: gettext_lazy("图片地址没有以 http:// 或 https:// 开头：不显示"),
}


def preview(contents: Mapping[str, ContentDocument], kind: Kind, situation: Situation, zone: tzinfo) -> Preview:
    """What goes out for this event. Never raises for a template."""
    error = field = None
    content = wordings.resolve(contents, kind)
    message = built_in(kind, situation, zone)
    if content is not None:
        try:
            message = wordings.Wording(content).render(situation, zone)
        except TemplateRefused as refused:
            error, field = refused.faults[0].words, refused.faults[0].field
        except TemplateFailed as failed:
            error, field = failed.fault.words, failed.fault.field
    shown = message if content is not None and error is None else None
    robot_bytes, account_bytes = measured(message)
    return Preview(
        kind=kind.value,
        builtin=shown is None,
        form=message.form.value,
        title=message.title,
        text=message.text,
        buttons=[PreviewButton(button.title, button.url) for button in message.buttons],
        bytes=robot_bytes,
        limit=ROBOT_LIMIT,
        account_bytes=account_bytes,
        account_limit=ACCOUNT_LIMIT,
        warnings=list(_warnings(shown, content, robot_bytes, account_bytes))[:_MOST_WARNINGS]
        if shown and content
        else [],
        error=error,
        error_field=field,
    )


def built_in(kind: Kind, situation: Situation, zone: tzinfo) -> Message:
    """What goes out where nobody wrote anything else."""
    event = situation.event
    if kind is not Kind.DIGEST:
        step, waited = situation.step, situation.waited
        return builtin(event, zone, None if step is None or waited is None else Reminder(step, waited))
    told = [Told(number, one) for number, one in enumerate(samples.together(event))]
    return digests.compose(digests.gather(told), event.url, zone, lambda _: True).message


def measured(message: Message) -> tuple[int, int]:
    """Bytes for a group robot and for people, as if nothing were cut."""
    text = message.text.strip()
    probe = replace(message, text="x")
    robot_bytes = len(robot.encode(probe, (), _MSG_UUID))
    account_bytes = len(account.encode(probe)[1].encode())
    more = size(text) - size("x")
    return robot_bytes + more, account_bytes + more


def _warnings(message: Message, content: ContentDocument, robot_bytes: int, account_bytes: int) -> Iterator[str]:
    if robot_bytes > robot.MAX_BODY_BYTES:
        yield _("超过群机器人的 %(limit)d 字节：发送时会截断正文。") % {"limit": ROBOT_LIMIT}
    elif account_bytes > account.MAX_PARAM_BYTES:
        yield _("超过钉钉账号的 %(limit)d 字节：发给个人时会截断正文。") % {"limit": ACCOUNT_LIMIT}
    if message.form is Form.TEXT:
        yield from _of_text(message)
        return
    if message.form is Form.ACTION_CARD and not message.buttons:
        lost = _("按钮的地址都没有以 http:// 或 https:// 开头（没有设置 PUBLIC_URL 时 url 为空）：")
        yield (lost if content.buttons else _("卡片没有按钮：")) + _("会按 Markdown 消息发送。")
    elif len(message.buttons) < len(content.buttons) and message.form is Form.ACTION_CARD:
        yield _("有按钮的地址没有以 http:// 或 https:// 开头：这些按钮不显示。")
    for found in markdown.undrawn(message.text):
        yield _("第 %(line)d 行“%(excerpt)s”有%(what)s。") % {
            "line": found.line, "excerpt": found.excerpt, "what": _UNDRAWN[found.what],
        }  # fmt: skip
    if not message.title:
        yield _("没有标题：会话列表里显示正文的第一行。")


def _of_text(message: Message) -> Iterator[str]:
    if any(mark in message.text for mark in ("**", "](", "\n#", "\n>")) or message.text.startswith(("#", ">")):
        yield _("纯文本里的 Markdown 记号会照样显示。")
