"""Messages (通知内容) as REST writes them, and what stands in `Message.contents`.

`contents` has one entry for each kind of event that a message may tell of: `raised`, `changed`, `cleared`,
`acknowledged`, `escalated` (told again because nobody acknowledged) and `digest` (several in one). Each is

- `{"use": "own", "form": …, "title": …, "body": …, "buttons": […]}`: templates of its own (`templating.py`),
- `{"use": "raised"}`: the same as for a raised alarm, WAGO's way with one text for all; a digest then is the built-in
  one, for a text about one alarm cannot stand for many,
- `{"use": "builtin"}`: the built-in message.

A kind that is missing is the built-in message. Shelving, its end and remarks always come in the built-in words: a text
written for a raised alarm would be wrong for them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from dingbell.alarms.alarm import EventKind
from dingbell.channels.base import Form
from dingbell.notify.refusals import Text


class Kind(StrEnum):
    RAISED = "raised"
    CHANGED = "changed"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    ESCALATED = "escalated"
    DIGEST = "digest"


class Use(StrEnum):
    OWN = "own"
    RAISED = "raised"
    BUILTIN = "builtin"


KIND_OF_EVENT = {
    EventKind.RAISED: Kind.RAISED,
    EventKind.CHANGED: Kind.CHANGED,
    EventKind.CLEARED: Kind.CLEARED,
    EventKind.ACKED: Kind.ACKNOWLEDGED,
}


class ButtonDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """Both are templates; `{{ url }}` is the alarm's page."""

    title: str = ""
    url: str = ""


class ContentDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """`form` is text, markdown or action_card; only a card has `buttons`. Title, body and form count for "own" only."""

    use: str = Use.OWN
    form: str = Form.MARKDOWN
    title: str = ""
    body: str = ""
    buttons: list[ButtonDocument] = []


class MessageInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A kind that `contents` leaves out stays as it is; in a new message it is as `raised`, a digest built in."""

    name: Text = UNSET
    description: Text = UNSET
    type: Text = UNSET
    contents: dict[str, ContentDocument] | UnsetType = UNSET
    id: Any = UNSET
    created_at: Any = UNSET


class MessageAnswer(Struct, kw_only=True):
    id: int
    name: str
    description: str
    type: str
    contents: dict[str, ContentDocument]
    created_at: str


def usual() -> dict[str, ContentDocument]:
    """What a new message begins with: WAGO's default text in our words, for every event."""
    raised = ContentDocument(
        form=Form.MARKDOWN,
        title="{name}",
        body=(
            "您收到一条报警信息：\n\n"
            "- 报警名称：{name}\n"
            "- 事件时间：{eventTime}\n"
            "- 标签：{path}\n"
            "- 数值：{value} {{ unit }}\n"
            "- 级别：{level}\n"
            "- 状态：{state}\n\n"
            "{% if url %}[查看并确认]({{ url }}){% endif %}"
        ),
    )
    others = {kind.value: ContentDocument(use=Use.RAISED) for kind in Kind if kind is not Kind.RAISED}
    return {Kind.RAISED.value: raised} | others | {Kind.DIGEST.value: ContentDocument(use=Use.BUILTIN)}
