"""Through which ways the system speaks of itself."""

from __future__ import annotations

from dingbell.pipeline.system_notices import Way, choose

FIRST, SECOND = Way(1, {"robot": 1}, "r:1", "p:group"), Way(1, {"robot": 2}, "r:2", "p:group")
OTHER, SMS = Way(2, {"robot": 3}, "r:3", "r:3"), Way(3, {"robot": 4}, "x:4", "x:4", spare=True)
ALL = [FIRST, SECOND, OTHER, SMS]


def test_each_group_once_and_no_spare_way_while_another_is_open() -> None:
    assert choose(ALL, ()) == [FIRST, OTHER]


def test_a_closed_way_is_left_out_and_its_pool_takes_over() -> None:
    assert choose(ALL, {"r:1", "r:3"}) == [SECOND]


def test_the_spare_way_where_no_other_is_open() -> None:
    assert choose(ALL, {"r:1", "r:2", "r:3"}) == [SMS]


def test_every_group_where_none_is_open() -> None:
    assert choose(ALL, {"r:1", "r:2", "r:3", "x:4"}) == [FIRST, OTHER, SMS]
