from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingbell.channels.base import Button, Form, Mentions, Message
from dingbell.channels.dingtalk.account import MAX_PARAM_BYTES, body, encode
from dingbell.channels.dingtalk.fitting import CUT_MARK


def buttons(count: int) -> tuple[Button, ...]:
    return tuple(Button(f"按钮{n}", f"https://a.example/{n}") for n in range(1, count + 1))


def test_text() -> None:
    key, param = encode(Message(Form.TEXT, "泵", "高压", mentions=Mentions(everyone=True)))
    assert (key, json.loads(param)) == ("sampleText", {"content": "高压"})


def test_markdown() -> None:
    key, param = encode(Message(Form.MARKDOWN, "泵", "### 高压"))
    assert (key, json.loads(param)) == ("sampleMarkdown", {"title": "泵", "text": "### 高压"})


def test_card_with_one_button() -> None:
    key, param = encode(Message(Form.ACTION_CARD, "泵", "高压", buttons(1)))
    assert key == "sampleActionCard"
    assert json.loads(param) == {
        "title": "泵",
        "text": "高压",
        "singleTitle": "按钮1",
        "singleURL": "https://a.example/1",
    }


@pytest.mark.parametrize(("given", "shown"), [(2, 2), (3, 3), (4, 4), (5, 5), (9, 5)])
def test_card_with_several_buttons(given: int, shown: int) -> None:
    key, param = encode(Message(Form.ACTION_CARD, "泵", "高压", buttons(given)))
    fields = json.loads(param)
    assert key == f"sampleActionCard{shown}"
    assert fields[f"actionTitle{shown}"] == f"按钮{shown}"
    assert fields[f"actionURL{shown}"] == f"https://a.example/{shown}"
    assert len(fields) == 2 + 2 * shown


def test_a_card_without_a_button_is_markdown() -> None:
    assert encode(Message(Form.ACTION_CARD, "泵", "高压"))[0] == "sampleMarkdown"


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(Form), st.text(max_size=50), st.integers(0, 2000), st.integers(0, 6))
def test_the_limit_counts_bytes(form: Form, part: str, times: int, count: int) -> None:
    _, param = encode(Message(form, part, part * times, buttons(count)))
    assert len(param.encode()) <= MAX_PARAM_BYTES
    fields = json.loads(param)
    assert all(fields.values())


def test_a_long_text_is_marked() -> None:
    _, param = encode(Message(Form.TEXT, "泵", "高" * 9000))
    assert json.loads(param)["content"].endswith(CUT_MARK)
    assert len(param.encode()) > MAX_PARAM_BYTES - 3


def test_body_holds_msg_param_as_a_string() -> None:
    sent = json.loads(body("ding1", ["0123", "b"], "sampleText", '{"content":"泵"}'))
    assert sent == {
        "robotCode": "ding1",
        "userIds": ["0123", "b"],
        "msgKey": "sampleText",
        "msgParam": '{"content":"泵"}',
    }


@pytest.mark.parametrize("count", [0, 21])
def test_a_call_takes_one_to_twenty_people(count: int) -> None:
    with pytest.raises(ValueError, match="userIds"):
        body("ding1", ["a"] * count, "sampleText", "{}")
