"""通知内容 over REST: kept, refused by the field and the line, looked at, in use."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.api.examples import MESSAGE
from dingbell.users.models import AuditEntry
from tests.api.conftest import Caller, rule_for

OWN = {"use": "own", "form": "markdown", "title": "{name}", "body": "{level}：{name}", "buttons": []}


@pytest.fixture
def message(api: Caller) -> dict[str, Any]:
    made: dict[str, Any] = api.post(
        "messages", {"name": "值班群通知", "type": "dingtalk", "contents": {"raised": OWN}}
    ).body
    return made


def test_a_new_message_says_everything_as_for_a_raised_alarm(message: dict[str, Any], api: Caller) -> None:
    same = {"use": "raised", "form": "markdown", "title": "", "body": "", "buttons": []}
    kinds = ("changed", "cleared", "acknowledged", "escalated")
    assert message["contents"] == {"raised": OWN} | dict.fromkeys(kinds, same) | {"digest": same | {"use": "builtin"}}
    assert api.get(f"messages/{message['id']}").body == message
    assert api.get("messages").body == {"items": [message], "next": None}


def test_without_contents_it_is_the_default_text_of_the_module_we_match(api: Caller) -> None:
    made = api.post("messages", {"name": "a", "type": "dingtalk"}).body
    body = made["contents"]["raised"]["body"]
    for parameter in ("{name}", "{eventTime}", "{path}", "{value}", "{level}", "{state}", "url"):
        assert parameter in body
    assert api.post("messages", MESSAGE).status == 201


def test_a_change_keeps_what_it_does_not_mention_and_is_audited(message: dict[str, Any], api: Caller) -> None:
    changed = api.patch(f"messages/{message['id']}", {"contents": {"cleared": {"use": "builtin"}}}).body
    assert changed["contents"]["raised"] == OWN
    assert changed["contents"]["cleared"]["use"] == "builtin"
    assert api.post(f"messages/{message['id']}/copy").body["contents"] == changed["contents"]
    assert [entry.action for entry in AuditEntry.objects.filter(kind="message").order_by("id")] == [
        "created", "changed", "created",
    ]  # fmt: skip


def with_own(**fields: Any) -> dict[str, Any]:
    return {"name": "b", "type": "dingtalk", "contents": {"raised": OWN | fields}}


@pytest.mark.parametrize(
    ("document", "field", "words"),
    [
        ({"type": "dingtalk"}, "name", "必填"),
        ({"name": "值班群通知", "type": "dingtalk"}, "name", "已经有同名的通知内容"),
        ({"name": "b", "type": "fax"}, "type", "没有这种通知内容：fax。可用：dingtalk"),
        ({"name": "b", "type": "dingtalk", "contents": {"rised": OWN}}, "contents.rised", "没有这种事件"),
        (with_own(use="raised"), "contents.raised.use", "可用"),
        (with_own(form="feed_card"), "contents.raised.form", "可用：text, markdown, action_card"),
        (with_own(body=" "), "contents.raised.body", "必填"),
        (with_own(body="a\n{{ nmae }}"), "contents.raised.body", "第 2 行：没有这个参数：nmae"),
        (with_own(title="{% if %}"), "contents.raised.title", "第 1 行"),
        (with_own(body="x" * 20_001), "contents.raised.body", "最多 20000 个字符，收到 20001 个"),
        (with_own(body="a\x00"), "contents.raised.body", "含有不能保存的字符"),
        (with_own(form="action_card"), "contents.raised.buttons", "卡片至少要有一个按钮"),
        (
            with_own(form="action_card", buttons=[{"title": "看", "url": "{{ url"}]),
            "contents.raised.buttons[0].url",
            "第 1 行：没有写完就结束了",
        ),
        (
            with_own(form="action_card", buttons=[{"title": "", "url": "{{ url }}"}]),
            "contents.raised.buttons[0].title",
            "必填",
        ),
        (with_own(buttons=[{"title": "a", "url": "b"}] * 6), "contents.raised.buttons", "最多 5 个按钮"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(
    message: dict[str, Any], api: Caller, document: dict[str, Any], field: str, words: str
) -> None:
    refused = api.post("messages", document)
    assert refused.status == 422
    assert words in refused.errors[field]


def test_one_in_use_is_not_deleted_and_says_where(
    message: dict[str, Any], service: dict[str, Any], api: Caller
) -> None:
    document = rule_for(service)
    document["notifications"][0]["message"] = message["id"]
    rule = api.post("rules", document).body
    refused = api.delete(f"messages/{message['id']}")
    assert (refused.status, refused.errors[""]) == (409, "通知规则正在使用这个通知内容：“紧急报警”。")
    api.delete(f"rules/{rule['id']}")
    assert api.delete(f"messages/{message['id']}").status == 204
    assert api.get(f"messages/{message['id']}").status == 404


def test_a_preview_of_a_stored_one_and_of_one_being_written(message: dict[str, Any], api: Caller) -> None:
    stored = api.post("messages/preview", {"id": message["id"], "kind": "cleared"}).body
    assert (stored["text"], stored["builtin"], stored["error"]) == ("高：3号泵出口压力超高", False, None)
    table = OWN | {"form": "action_card", "body": "| a | b |\n|---|---|\n~~{name}~~", "buttons": []}
    cleared = api.post("messages/preview", {"contents": {"raised": OWN}, "kind": "cleared"}).body
    assert (cleared["text"], cleared["builtin"]) == (stored["text"], False)  # as one that is made of it would say
    written = api.post("messages/preview", {"contents": {"raised": table}}).body
    assert written["form"] == "action_card"
    assert (written["limit"], written["account_limit"]) == (20_000, 15_000)
    assert 100 < written["account_bytes"] < written["bytes"] < 300
    assert [warning.partition("有")[2][:3] for warning in written["warnings"][1:]] == ["表格：", "删除线"]


def test_a_preview_of_a_broken_one_shows_the_built_in_message_and_why(api: Caller) -> None:
    for body, words in (
        ("{{ 1/0 }}", "第 1 行：除以了零"),
        ("{{ a", "第 1 行：没有写完就结束了"),
        ("", "没有输出任何文字"),
    ):
        shown = api.post("messages/preview", {"contents": {"raised": OWN | {"body": body}}}).body
        assert (shown["builtin"], shown["error"], shown["error_field"]) == (True, words, "body")
        assert "3号泵出口压力超高" in shown["text"]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, ""),
        ({"id": 1, "contents": {}}, ""),
        ({"contents": {}, "kind": "nothing"}, "kind"),
        ({"contents": {}, "alarm": 999}, "alarm"),
        ({"contents": {}, "alarm": -1}, "alarm"),
        ({"contents": {"raised": OWN | {"form": "x"}}}, "contents.raised.form"),
    ],
)
def test_what_cannot_be_looked_at(api: Caller, document: dict[str, Any], field: str) -> None:
    refused = api.post("messages/preview", document)
    assert (refused.status, list(refused.errors)) == (422, [field])


def test_reading_and_looking_needs_less_than_writing_and_sending(message: dict[str, Any], with_scopes: Any) -> None:
    reader = with_scopes("config:read")
    assert reader.get("messages").status == 200
    assert reader.post("messages/preview", {"contents": {}}).status == 200
    for refused in (
        reader.post("messages", {}), reader.patch(f"messages/{message['id']}", {}),
        reader.post(f"messages/{message['id']}/test", {}), reader.delete(f"messages/{message['id']}"),
    ):  # fmt: skip
        assert refused.status == 403
