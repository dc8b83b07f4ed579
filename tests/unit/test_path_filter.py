"""The list of alarms and the rules read a path pattern the same way."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from dingbell.alarms.patterns import expression
from dingbell.notify.rules.matching import path_matches

SEGMENTS = st.sampled_from(["一车间", "泵房", "a.b", "a", "*", "**", ""])
PLAIN = st.sampled_from(["一车间", "泵房", "a.b", "axb", "a", ""])


@given(pattern=st.lists(SEGMENTS, max_size=5).map("/".join), path=st.lists(PLAIN, max_size=5).map("/".join))
@example(pattern="**/**/a", path="/a//a/")
@example(pattern="a/**", path="a")
def test_both_agree(pattern: str, path: str) -> None:
    assert bool(re.search(expression(pattern), path)) == path_matches([pattern], path)
