"""What a stored body said is what was put into it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.channels.base import Button, Form, Mentions, Message
from dingbell.channels.dingtalk import account, reading, robot

texts = st.sampled_from(["高压", "### 泵\n- 压力", "A_1 \\ <b>", "x" * 300])
buttons = st.lists(
    st.builds(Button, texts.map(lambda text: text[:8].strip()), st.just("https://a.example/1")), max_size=5
)
messages = st.builds(
    Message, st.sampled_from([Form.MARKDOWN, Form.ACTION_CARD]), texts.map(lambda text: text[:20]), texts,
    buttons.map(tuple),
)  # fmt: skip


@given(messages)
def test_both_ways_are_read_back_alike(message: Message) -> None:
    key, param = account.encode(message)
    to_people = reading.sent(account.body("code", ["u1"], key, param).decode())
    to_group = reading.sent(robot.encode(message, [], "id").decode())
    assert to_people == to_group
    is_card = message.form is Form.ACTION_CARD and bool(message.buttons)
    assert to_group.form is (Form.ACTION_CARD if is_card else Form.MARKDOWN)
    assert len(to_group.buttons) == (len(message.buttons) if is_card else 0)
    assert to_group.text == message.text


def test_plain_text_and_who_is_called() -> None:
    message = Message(Form.TEXT, "", "高压", mentions=Mentions(True, ("13900000001",), ("u1",)))
    found = reading.sent(robot.encode(message, [], "id").decode())
    assert (found.form, found.mentions) == (Form.TEXT, message.mentions)
    assert found.text.startswith("高压")


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"msgtype": "link"}', '{"msgKey": "x", "msgParam": "1"}', "null"])
def test_anything_else_is_no_message(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- json names its own, too
        reading.sent(body)
