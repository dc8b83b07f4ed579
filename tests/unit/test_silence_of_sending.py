"""When the system says that nothing goes out: something waits, and DingTalk has taken nothing since."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.delivery.silence import Facts, change
from dingbell.storage.times import MINUTE

LIMIT = 10 * MINUTE
NOW = 1_000 * MINUTE


def minutes_ago(minutes: float) -> int:
    return NOW - int(minutes * MINUTE)


@pytest.mark.parametrize(
    ("facts", "since"),
    [
        (Facts(), None),
        (Facts(waiting_us=minutes_ago(10)), None),
        (Facts(waiting_us=minutes_ago(11)), minutes_ago(11)),
        (Facts(waiting_us=minutes_ago(60), taken_us=minutes_ago(2)), None),
        (Facts(waiting_us=minutes_ago(60), taken_us=minutes_ago(12)), minutes_ago(12)),
        (Facts(waiting_us=minutes_ago(60), excused=True), None),
    ],
    ids=["nothing waits", "not for long", "for long", "others go", "others went", "rests by choice"],
)
def test_a_lane_is_silent_when_something_waits_and_nothing_is_taken(facts: Facts, since: int | None) -> None:
    assert change({"r:1": facts}, {}, LIMIT, NOW).began == ({} if since is None else {"r:1": since})


def test_what_people_know_is_not_told_again() -> None:
    still = Facts(waiting_us=minutes_ago(60))
    assert not change({"r:1": still}, {"r:1": minutes_ago(60)}, LIMIT, NOW)


def test_it_is_over_when_something_was_taken() -> None:
    known = {"r:1": minutes_ago(60)}
    assert change({"r:1": Facts(taken_us=minutes_ago(1))}, known, LIMIT, NOW).over == ("r:1",)
    more = Facts(waiting_us=minutes_ago(50), taken_us=minutes_ago(1))
    assert change({"r:1": more}, known, LIMIT, NOW).over == ("r:1",)


def test_an_empty_lane_is_no_recovery() -> None:
    known = {"r:1": minutes_ago(60)}
    found = change({"r:1": Facts()}, known, LIMIT, NOW)
    assert (found.over, found.emptied) == ((), ("r:1",))
    # What waits now has not waited long: nobody knows yet.
    assert not change({"r:1": Facts(waiting_us=minutes_ago(1))}, known, LIMIT, NOW)
    assert not change({"r:1": Facts(excused=True)}, known, LIMIT, NOW)


moments = st.none() | st.integers(0, NOW)


@given(waiting=moments, taken=moments, excused=st.booleans(), since=moments)
def test_told_once_and_over_once(waiting: int | None, taken: int | None, excused: bool, since: int | None) -> None:
    """Whatever is found, acting on it leaves nothing more to say of the same facts."""
    facts = {"r:1": Facts(waiting, taken, excused)}
    known = {} if since is None else {"r:1": since}
    first = change(facts, known, LIMIT, NOW)
    assert len(first.began) + len(first.over) + len(first.emptied) <= 1
    left = {lane: us for lane, us in {**known, **first.began}.items() if lane not in first.over + first.emptied}
    assert not change(facts, left, LIMIT, NOW)
