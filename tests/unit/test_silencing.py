"""Which silence covers an alarm: the compiled set agrees with a look at each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dingbell.alarms.alarm import Alarm
from dingbell.notify.rules.matching import path_matches
from dingbell.notify.silences.silencing import Scope, Silencing

words = st.sampled_from(["", "a", "b"])
patterns = st.lists(st.sampled_from(["a", "b", "*", "**"]), min_size=1, max_size=3).map("/".join)
paths = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3).map("/".join)
scopes = st.tuples(words, st.just("") | patterns, st.integers(0, 20), st.integers(1, 20))
alarms = st.builds(Alarm, id=st.just(1), source=st.just("s"), key=st.just("k"), area=words, path=paths)


@given(st.lists(scopes, max_size=6), alarms, st.integers(0, 40))
def test_the_longest_of_those_that_cover_it_answers(
    given_scopes: list[tuple[str, str, int, int]], alarm: Alarm, us: int
) -> None:
    made = [
        Scope(number, area, "" if area else path, start, start + length)
        for number, (area, path, start, length) in enumerate(given_scopes)
    ]
    covering = [
        scope
        for scope in made
        if scope.start_us <= us < scope.until_us
        and (not scope.area or scope.area == alarm.area)
        and (not scope.path or path_matches([scope.path], alarm.path))
    ]
    expected = max(covering, key=lambda scope: scope.until_us, default=None)
    assert Silencing(made).covering(alarm, us) == (None if expected is None else expected.id)
