"""What a rule selects, in words, and how many alarms that are."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from dingbell.alarms.alarm import Alarm, Priority, State
from dingbell.notify.rules.matching import Conditions, Group, Match
from dingbell.web.rules.known import count
from dingbell.web.rules.sentence import sentence

ALL = list(State)
RAISED = [State.ACTIVE_UNACKED]


@pytest.mark.parametrize(
    ("states", "shelved", "match", "text"),
    [
        (ALL, False, Match(), "所有报警，状态变化时通知。"),
        (ALL, True, Match(), "所有报警，状态变化或被搁置时通知。"),
        ([], True, Match(), "所有报警，被搁置时通知。"),
        ([], False, Match(), "所有报警：还没有勾选报警条件，不会通知。"),
        (RAISED, True, Match(), "所有报警，变为“活动未确认”或被搁置时通知。"),
        (RAISED, False, Match(priorities=(Priority.CRITICAL,)), "级别为紧急的报警，变为“活动未确认”时通知。"),
        (
            ALL[:3],
            False,
            Match(areas=("一车间", "二车间"), paths=("一车间/**",), labels={"line": "A"}),
            "区域为“一车间”或“二车间”、路径符合“一车间/**”、标签“line = A”的报警，"
            "变为“活动未确认”、“活动已确认”或“恢复未确认”时通知。",
        ),
        (ALL, False, Match(sources=("a", "b", "c", "d")), "接入为“a”、“b”、“c”等 4 项的报警，状态变化时通知。"),
        (ALL, False, Match(groups=(1, 2, 404)), "在报警组“泵”或“风机”里的报警，状态变化时通知。"),
        (ALL, False, Match(types=("100%s",)), "类型为“100%s”的报警，状态变化时通知。"),
    ],
)
def test_a_rule_in_one_sentence(states: list[State], shelved: bool, match: Match, text: str) -> None:
    groups = {1: Group(id=1, name="泵"), 2: Group(id=2, name="风机")}
    assert sentence(states, shelved, match, groups, most=3) == text


def test_in_english() -> None:
    with override("en"):
        text = sentence(RAISED, False, Match(areas=("A", "B"), types=("HH",)), {})
    assert text == "Alarms with area “A” or “B”, type “HH”: notify when they become “Active, unacknowledged”."


def test_only_alarms_in_a_ticked_state_are_counted() -> None:
    alarms = [
        Alarm(id=number, source="plc", key=str(number), area="一车间", active=True, acked=number == 1)
        for number in range(3)
    ]
    assert count(alarms, Conditions(frozenset(RAISED), Match(areas=("一车间",)))) == 2
    assert count(alarms, Conditions(frozenset(RAISED), Match(areas=("二车间",)))) == 0
    assert count(alarms, Conditions(frozenset(), Match())) == 0
