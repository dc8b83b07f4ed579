from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dingbell.channels.base import Button, Form, Mentions, Message
from dingbell.channels.dingtalk.fitting import CUT_MARK
from dingbell.channels.dingtalk.robot import MAX_BODY_BYTES, encode

VIEW = Button("查看", "https://alarm.example.cn/a/1001")
ACK = Button("确认", "https://alarm.example.cn/a/1001/ack?t=abc&x=1")


def body(message: Message, *keywords: str) -> dict[str, Any]:
    encoded = encode(message, keywords, "uuid-1")
    assert len(encoded) <= MAX_BODY_BYTES
    decoded: dict[str, Any] = json.loads(encoded.decode("utf-8"))
    return decoded


def text_of(decoded: dict[str, Any]) -> str:
    inner = decoded[decoded["msgtype"]]
    text: str = inner["content"] if decoded["msgtype"] == "text" else inner["text"]
    return text


class TestBodies:
    def test_text(self) -> None:
        assert body(Message(Form.TEXT, "3号泵", "3号泵 92.4℃")) == {
            "msgtype": "text",
            "text": {"content": "3号泵 92.4℃"},
            "msgUuid": "uuid-1",
        }

    def test_markdown(self) -> None:
        assert body(Message(Form.MARKDOWN, "3号泵", "### 高压\n\n- 12 bar")) == {
            "msgtype": "markdown",
            "markdown": {"title": "3号泵", "text": "### 高压\n\n- 12 bar"},
            "msgUuid": "uuid-1",
        }

    def test_card_with_one_button(self) -> None:
        assert body(Message(Form.ACTION_CARD, "3号泵", "高压", (VIEW,))) == {
            "msgtype": "actionCard",
            "actionCard": {
                "title": "3号泵",
                "text": "高压",
                "btnOrientation": "0",
                "singleTitle": "查看",
                "singleURL": VIEW.url,
            },
            "msgUuid": "uuid-1",
        }

    def test_card_with_several_buttons(self) -> None:
        assert body(Message(Form.ACTION_CARD, "3号泵", "高压", (ACK, VIEW)))["actionCard"]["btns"] == [
            {"title": "确认", "actionURL": ACK.url},
            {"title": "查看", "actionURL": VIEW.url},
        ]

    def test_a_card_without_a_usable_button_is_markdown(self) -> None:
        assert body(Message(Form.ACTION_CARD, "3号泵", "高压", (Button("x", ""),)))["msgtype"] == "markdown"

    def test_chinese_is_not_escaped(self) -> None:
        assert "高压".encode() in encode(Message(Form.TEXT, "", "高压"), (), "u")

    @pytest.mark.parametrize("text", [r"D:\data\1号 \\server\share", '"quoted"', "a\nb\r\n\tc", "\x07"])
    def test_awkward_characters_arrive(self, text: str) -> None:
        assert text_of(body(Message(Form.TEXT, "t", text))) == text


class TestMentions:
    def test_name_the_same_people_in_at_and_text(self) -> None:
        mentions = Mentions(mobiles=("13900000001", "+86-13900000002"), user_ids=("manager4220",))
        decoded = body(Message(Form.MARKDOWN, "泵", "高压", mentions=mentions))
        assert decoded["at"] == {
            "atMobiles": ["13900000001", "+86-13900000002"],
            "atUserIds": ["manager4220"],
            "isAtAll": False,
        }
        assert text_of(decoded) == "高压\n\n@13900000001 @+86-13900000002 @manager4220"

    def test_everyone(self) -> None:
        decoded = body(Message(Form.TEXT, "泵", "高压", mentions=Mentions(everyone=True)))
        assert decoded["at"]["isAtAll"] is True
        assert text_of(decoded) == "高压\n@所有人"

    def test_are_not_repeated_when_the_template_has_them(self) -> None:
        message = Message(Form.TEXT, "泵", "@139 请处理", mentions=Mentions(mobiles=("139", "1390")))
        assert text_of(body(message)) == "@139 请处理\n@1390"

    def test_are_cleaned_and_at_most_fifty(self) -> None:
        mobiles = (" @13900000000 ", "13900000000", "", *(str(13900000001 + n) for n in range(60)))
        decoded = body(Message(Form.TEXT, "泵", "高压", mentions=Mentions(mobiles=mobiles)))
        assert len(decoded["at"]["atMobiles"]) == 50
        assert decoded["at"]["atMobiles"][0] == "13900000000"

    def test_fifty_of_the_longest_ids_fit(self) -> None:
        ids = tuple(f"{n:064}" for n in range(50))
        decoded = body(Message(Form.MARKDOWN, "泵", "高" * 9000, mentions=Mentions(user_ids=ids)))
        assert len(decoded["at"]["atUserIds"]) == 50
        assert text_of(decoded).endswith(f"@{ids[-1]}")

    def test_survive_a_cut_that_takes_the_template_s_own(self) -> None:
        message = Message(Form.TEXT, "泵", "长" * 9000 + "@139", mentions=Mentions(mobiles=("139",)))
        assert text_of(body(message)).endswith(f"{CUT_MARK}\n@139")

    def test_nobody_is_called_without_mentions(self) -> None:
        assert "at" not in body(Message(Form.TEXT, "泵", "@13900000001 in a tag's name"))


class TestKeywords:
    def test_are_left_alone_when_present(self) -> None:
        decoded = body(Message(Form.MARKDOWN, "报警: 泵", "高压报警"), "监控", "报警")
        assert decoded["markdown"] == {"title": "报警: 泵", "text": "高压报警"}

    def test_go_in_front_without_undoing_a_heading(self) -> None:
        decoded = body(Message(Form.MARKDOWN, "泵", "### 高压"), "监控", "报警")
        assert decoded["markdown"] == {"title": "监控 泵", "text": "监控\n\n### 高压"}

    def test_title_and_text_are_looked_at_each(self) -> None:
        decoded = body(Message(Form.ACTION_CARD, "报警", "高压", (VIEW,)), "报警")
        assert decoded["actionCard"]["title"] == "报警"
        assert decoded["actionCard"]["text"] == "报警\n\n高压"

    def test_text(self) -> None:
        assert text_of(body(Message(Form.TEXT, "泵", "高压"), " 报警 ")) == "报警 高压"

    def test_blank_ones_are_none(self) -> None:
        assert text_of(body(Message(Form.TEXT, "泵", "高压"), " ", "x" * 101)) == "高压"

    def test_one_that_the_cut_takes_away_comes_back(self) -> None:
        text = text_of(body(Message(Form.MARKDOWN, "泵", "高" * 9000 + "报警"), "报警"))
        assert text.startswith("报警\n\n高")
        assert text.endswith(CUT_MARK)

    def test_a_mention_is_no_keyword(self) -> None:
        message = Message(Form.TEXT, "泵", "高压", mentions=Mentions(mobiles=("139",)))
        assert text_of(body(message, "139")).startswith("139 高")


class TestLimit:
    def test_uses_the_room_there_is(self) -> None:
        encoded = encode(Message(Form.TEXT, "泵", "高" * 9000), (), "u")
        assert MAX_BODY_BYTES - 3 < len(encoded) <= MAX_BODY_BYTES

    def test_markdown_is_cut_at_a_line(self) -> None:
        text = text_of(body(Message(Form.MARKDOWN, "泵", "- 一行文字\n" * 3000)))
        assert text.endswith(f"- 一行文字{CUT_MARK}")

    anything = st.text(st.characters(codec=None), max_size=60)
    huge = st.builds(lambda part, times: part * times, anything, st.sampled_from([1, 3, 500, 1000]))

    @settings(max_examples=60, deadline=None)
    @given(
        form=st.sampled_from(Form),
        title=huge,
        text=huge,
        buttons=st.lists(st.builds(Button, anything, huge), max_size=8),
        everyone=st.booleans(),
        mobiles=st.lists(anything, max_size=60),
        user_ids=st.lists(anything, max_size=60),
        keywords=st.lists(st.text(min_size=1, max_size=100), max_size=4),
    )
    @example(Form.ACTION_CARD, "\x01" * 9000, "\x01" * 9000, [Button("\x01" * 99, "h" * 3900)] * 3, True,
             [f"{n}" * 60 for n in range(60)], ["\x01" * 64 + f"{n}" for n in range(60)], ["\x01" * 100])  # fmt: skip
    def test_whatever_comes_a_proper_body_goes(
        self, form: Form, title: str, text: str, buttons: list[Button], everyone: bool, mobiles: list[str],
        user_ids: list[str], keywords: list[str],
    ) -> None:  # fmt: skip
        mentions = Mentions(everyone, tuple(mobiles), tuple(user_ids))
        decoded = body(Message(form, title, text, tuple(buttons), mentions), *keywords)
        shown = text_of(decoded)
        assert shown.strip()
        at = decoded.get("at", {"atMobiles": [], "atUserIds": []})
        called = [*at["atMobiles"], *at["atUserIds"]]
        assert all(f"@{name}" in shown for name in called)
        assert len(called) <= 50
        if words := [word.strip() for word in keywords if word.strip()]:
            words = [word.replace("\x00", "\ufffd") for word in words]
            assert any(word in shown for word in words)
            if "title" in decoded[decoded["msgtype"]]:
                assert any(word in decoded[decoded["msgtype"]]["title"] for word in words)
