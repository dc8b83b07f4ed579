"""From a content to the message that goes out: form, escaping, line breaks, buttons."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from dingbell.alarms.alarm import EventKind
from dingbell.channels.base import Button, Form
from dingbell.notify.messages.documents import ButtonDocument, ContentDocument, Kind, usual
from dingbell.notify.messages.previews import PreviewButton, measured, preview
from dingbell.notify.messages.rendering import Occurrence
from dingbell.notify.messages.samples import sample
from dingbell.notify.messages.template_faults import TemplateFailed
from dingbell.notify.messages.template_values import Situation
from dingbell.notify.messages.wordings import Wording, resolve
from tests.unit.test_rendering import ALARM, RAISED, SHANGHAI

HOSTILE = replace(ALARM, name="*3号*\n泵 @13900000001", path="a/b c?d=1&e")
EVENT = Situation(Occurrence(EventKind.RAISED, HOSTILE, RAISED, url="https://p/alarms/7/"))


def worded(situation: Situation = EVENT, **fields: Any) -> Any:
    return Wording(ContentDocument(**fields)).render(situation, SHANGHAI)


def test_each_form_escapes_what_its_own_renderer_would_read() -> None:
    markdown = worded(title="{name}", body="### {name}\n- **{level}**\n\n{value}")
    assert markdown.form is Form.MARKDOWN
    assert markdown.title == "*3号* 泵 ＠13900000001"
    assert markdown.text == "### ＊3号＊ 泵 ＠13900000001  \n- **紧急**  \n  \n12.4"
    text = worded(form="text", body="*{name}*\n{value}")
    assert (text.form, text.text) == (Form.TEXT, "**3号* 泵 ＠13900000001*\n12.4")


def test_a_button_leads_where_its_template_says_and_alarm_text_cannot_change_that() -> None:
    buttons = [
        ButtonDocument(title="看 {name}", url="{{ url }}"),
        ButtonDocument(title="图纸", url="https://d/?tag={path}"),
        ButtonDocument(title="坏", url="javascript:alert(1)"),
        ButtonDocument(title="空", url="{{ labels.nothing }}"),
    ]
    card = worded(form="action_card", body="{name}", buttons=buttons)
    assert card.buttons == (
        Button("看 *3号* 泵 ＠13900000001", "https://p/alarms/7/"),
        Button("图纸", "https://d/?tag=a%2Fb%20c%3Fd%3D1%26e"),
    )
    assert worded(body="x", buttons=buttons).buttons == ()


@pytest.mark.parametrize("body", ["", " \n ", "{% if not value %}x{% endif %}"])
def test_a_message_that_says_nothing_is_none(body: str) -> None:
    with pytest.raises(TemplateFailed) as failure:
        worded(body=body)
    assert failure.value.fault.field == "body"


def test_which_content_words_a_kind() -> None:
    own, other = ContentDocument(body="a"), ContentDocument(body="b")
    contents = {
        "raised": own, "cleared": other, "changed": ContentDocument(use="raised"),
        "digest": ContentDocument(use="builtin"),
    }  # fmt: skip
    assert [resolve(contents, kind) for kind in Kind] == [own, own, other, None, None, None]
    assert (
        resolve({"raised": ContentDocument(use="builtin"), "cleared": ContentDocument(use="raised")}, Kind.CLEARED)
        is None
    )


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("public_url", ["", "https://p"])
def test_the_usual_text_says_every_kind_without_a_warning(kind: Kind, public_url: str) -> None:
    shown = preview(usual(), kind, sample(kind, RAISED, public_url), SHANGHAI)
    assert shown.error is None
    assert shown.warnings == []
    link = PreviewButton("查看全部", "https://p/deliveries/")
    shows_link = link in shown.buttons if kind is Kind.DIGEST else "https://p/alarms/1/" in shown.text
    assert shows_link == bool(public_url)


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        ({"body": "很" * 4950, "title": "t"}, "超过钉钉账号的 15000 字节：发给个人时会截断正文。"),
        ({"body": "很" * 6700, "title": "t"}, "超过群机器人的 20000 字节：发送时会截断正文。"),
        ({"body": "**{name}**", "form": "text"}, "纯文本里的 Markdown 记号会照样显示。"),
        ({"body": "{name}"}, "没有标题：会话列表里显示正文的第一行。"),
        ({"body": "a", "title": "t", "form": "action_card"}, "卡片没有按钮：会按 Markdown 消息发送。"),
        (
            {"body": "a", "title": "t", "form": "action_card", "buttons": [ButtonDocument(title="b", url="x")]},
            "按钮的地址都没有以 http:// 或 https:// 开头（没有设置 PUBLIC_URL 时 url 为空）：会按 Markdown 消息发送。",
        ),
    ],
)
def test_what_would_be_lost_is_said(fields: dict[str, Any], warning: str) -> None:
    shown = preview({"raised": ContentDocument(**fields)}, Kind.RAISED, EVENT, SHANGHAI)
    assert warning in shown.warnings


def test_the_size_is_that_of_the_whole_text() -> None:
    message = worded(title="t", body="很" * 9000)
    in_group, to_people = measured(message)
    assert in_group - measured(worded(title="t", body="很"))[0] == 3 * 8999
    assert to_people > 27_000
