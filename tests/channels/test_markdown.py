"""What of markdown DingTalk does not draw is found, and what it draws is left alone."""

from __future__ import annotations

import pytest

from dingbell.channels.dingtalk.markdown import Undrawn, undrawn


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |", [(Undrawn.TABLE, 2)]),
        ("```\ncode\n```", [(Undrawn.CODE, 1), (Undrawn.CODE, 3)]),
        ("<font color=red>a</font> 3 < 4 > 2", [(Undrawn.HTML, 1)]),
        ("- a\n  - b", [(Undrawn.NESTED_LIST, 2)]),
        ("~~a~~", [(Undrawn.STRIKETHROUGH, 1)]),
        ("a\n\n---\n", [(Undrawn.RULE, 3)]),
        ("- [ ] a", [(Undrawn.TASK_LIST, 1)]),
        ("标题\n===", [(Undrawn.UNDERLINED_HEADING, 2)]),
        ("[a](www.b.cn) [c](https://d)", [(Undrawn.LINK_WITHOUT_SCHEME, 1)]),
        ("![a](media_id) ![b](https://c/d.png)", [(Undrawn.PICTURE, 1)]),
        ("# 标题  \n> 引用  \n**粗** *斜* [链接](https://a)  \n- 一  \n- 二  \n\n1. 三  \n&nbsp;x - y", []),
        ("[打开](dingtalk://dingtalkclient/page/link?url=x) 12:00-13:00 a_b_c", []),
    ],
)
def test_what_is_found(text: str, found: list[tuple[Undrawn, int]]) -> None:
    assert [(one.what, one.line) for one in undrawn(text)] == found
