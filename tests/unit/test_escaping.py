"""Alarm text in a message can be read and do nothing: no markup, no link, no mention."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.alarms.alarm import Alarm, EventKind
from dingbell.notify.messages.escaping import plain
from dingbell.notify.messages.rendering import Occurrence, builtin
from dingtalk_simulator.markdown import render
from tests.unit.test_rendering import SHANGHAI

MARKUP = ["*", "**", "_", "#", "# ", "> ", "- ", "1. ", "[a](http://b)", "![](http://b)", "](", "`", "~~", "<b>", "|"]
pieces = st.sampled_from([*MARKUP, "@", "@所有人", "@13900000001", "\n", "\r\n", "\u2028", " ", "\\"])
ordinary = st.text(alphabet="温a1_ ./:，（%-", max_size=8)
hostile = st.lists(pieces | st.text(max_size=5), max_size=8).map("".join) | ordinary


def tags(html: str) -> list[str]:
    return re.findall(r"<[^>]*>", html)


@given(hostile)
def test_whatever_an_alarm_says_the_message_is_built_the_same(text: str) -> None:
    def message(words: str) -> str:
        alarm = Alarm(
            id=1, source="s", key="k", name=words, path=words, type=words, description=words, unit=words, value=1
        )
        return builtin(Occurrence(EventKind.ACKED, alarm, 0, actor=words, note=words), SHANGHAI).text

    shown = plain(text)
    assert tags(render(message(f"x{text}x"))) == tags(render(message("xx")))
    assert len(message(f"x{text}x").split("\n")) == len(message("xx").split("\n"))
    assert not re.search(r"@[\w+]", shown), "nobody is called"


@given(hostile)
def test_escaped_text_is_on_one_line_and_escaping_again_changes_nothing(text: str) -> None:
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert plain(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("3号泵压力超高", "3号泵压力超高"),
        ("Area1/Pump_3/P#HH", "Area1/Pump_3/P#HH"),
        ("a < b & c > d", "a ＜ b & c > d"),
        ("**粗** `code`", "＊＊粗＊＊ ｀code｀"),
        ("[看这里](http://evil)", "［看这里］(http://evil)"),
        ("@13900000001 @所有人", "＠13900000001 ＠所有人"),
        ("mail@plant.cn", "mail＠plant.cn"),
        ("20 @ 5 bar", "20 @ 5 bar"),
        ("第一行\r\n第二行", "第一行 第二行"),
        ("# 标题", "＃ 标题"),
        ("_斜_", "＿斜＿"),
        ("-12.5", "-12.5"),
    ],
)
def test_ordinary_text_stays_and_markup_shows_as_what_was_typed(text: str, shown: str) -> None:
    assert plain(text) == shown
