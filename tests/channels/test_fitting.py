from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.channels.base import Button
from dingbell.channels.dingtalk.fitting import (
    BUTTONS_BYTES,
    CUT_MARK,
    TITLE_BYTES,
    boundary,
    cut,
    safe,
    size,
    title_and_text,
    usable_buttons,
    within,
)

FAMILY = "👨‍👩‍👧"


def room(limit: int, text: str) -> str:
    return cut(text, lambda part: size(part) <= limit)


class TestCut:
    def test_what_fits_stays(self) -> None:
        assert room(100, "泵") == "泵"

    @given(text=st.text(min_size=1, max_size=300), limit=st.integers(2, 200))
    def test_keeps_the_limit_and_the_beginning(self, text: str, limit: int) -> None:
        text = safe(text)
        short = room(limit, text)
        assert short == "" or size(short) <= limit
        if short not in ("", text):
            assert short.endswith(CUT_MARK)
            assert text.startswith(short.removesuffix(CUT_MARK))

    @given(st.text('ab泵\n"\\👍', min_size=200, max_size=300), st.integers(60, 150))
    def test_is_as_long_as_it_can_be(self, text: str, limit: int) -> None:
        kept = room(limit, text).removesuffix(CUT_MARK)
        assert size(text[: len(kept) + 1] + CUT_MARK) > limit

    @pytest.mark.parametrize(
        "character",
        ["e\u0301", "👍🏽", "❤\ufe0f", FAMILY, "🇨🇳", "ก\u0e33".replace("\u0e33", "\u0e31"), "\r\n"],
    )
    def test_never_splits_a_visible_character(self, character: str) -> None:
        text = "泵" + character + "泵"
        inside = range(2, 1 + len(character))
        assert [boundary(text, end) for end in inside] == [1] * len(inside)
        assert boundary(text, 1 + len(character)) == 1 + len(character)

    def test_flags_are_pairs(self) -> None:
        text = "🇨🇳🇩🇪🇫🇷"
        assert [boundary(text, end) for end in range(7)] == [0, 0, 2, 2, 4, 4, 6]

    def test_an_endless_character_is_cut_all_the_same(self) -> None:
        text = "a" + "\u0301" * 500
        assert unicodedata.combining(text[1])
        assert boundary(text, 300) == 300

    def test_a_near_line_end_is_preferred(self) -> None:
        text = "行一\n行二\n" + "长" * 300
        assert cut(text, lambda part: len(part) <= 200, at_line=True) == "行一\n行二" + CUT_MARK

    def test_a_far_line_end_is_not(self) -> None:
        text = "行一\n" + "长" * 3000
        assert len(cut(text, lambda part: len(part) <= 2000, at_line=True)) == 2000


class TestTitleAndText:
    @pytest.mark.parametrize(
        ("title", "text", "expected"),
        [
            ("泵", "高压", ("泵", "高压")),
            (" 泵 \n 一 ", "\n高压 ", ("泵 一", "高压")),
            ("", "### **3号泵**\n高压", ("3号泵", "### **3号泵**\n高压")),
            ("泵", " ", ("泵", "泵")),
            ("", "", ("(无内容)", "(无内容)")),
            ("", "---\n高压", ("(无内容)", "---\n高压")),
            ("a\x00b", "\ud83d", ("a\ufffdb", "\ufffd")),
        ],
    )
    def test_are_never_empty(self, title: str, text: str, expected: tuple[str, str]) -> None:
        assert title_and_text(title, text) == expected

    @given(st.text(max_size=2000), st.text(max_size=50))
    def test_the_title_is_short_and_both_can_be_written(self, title: str, text: str) -> None:
        title, text = title_and_text(title, text)
        assert title.strip()
        assert text.strip()
        assert 0 < size(title) <= TITLE_BYTES
        assert size(text)


class TestButtons:
    def test_without_a_link_there_is_no_button(self) -> None:
        buttons = (Button("确认", " "), Button(" ", "https://a/1"), Button("查看\x00", "https://a/2"))
        assert usable_buttons(buttons) == [Button("查看", "https://a/1"), Button("查看\ufffd", "https://a/2")]

    def test_what_does_not_fit_is_left_out(self) -> None:
        kept = usable_buttons([Button("长" * 500, "https://a/" + "x" * 7000), Button("b", "https://b" * 300)])
        assert [button.url[:9] for button in kept] == ["https://a"]
        assert sum(size(button.title) + size(button.url) for button in kept) <= BUTTONS_BYTES

    def test_one_too_dear_makes_room_for_the_next(self) -> None:
        assert within([5, 100, 4, 2], 10, lambda price: price) == [5, 4]
