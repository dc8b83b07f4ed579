"""Filters as amtool, karma and curl write them."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.sources.alertmanager.matchers import BadMatcher, all_hold, parse

LABELS = {"alertname": "Overheat", "instance": "plc-1:9100", "site": "一厂"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("alertname=Overheat", True),
        ('alertname="Overheat"', True),
        (' alertname = "Overheat" ', True),
        ('"alertname"="Overheat"', True),
        ("alertname=Over", False),
        ("alertname!=Over", True),
        ('alertname!="Overheat"', False),
        ("alertname=~Over.*", True),
        ('alertname=~"Over"', False),
        ("alertname=~heat|Over", False),
        ('alertname=~"(?i)overheat"', True),
        ("instance!~plc-[0-9]+:.*", False),
        ("instance!~plc", True),
        ("site=一厂", True),
        ("site=~一.", True),
        ("missing=", True),
        ('missing=""', True),
        ("missing!=", False),
        ("missing=~.+", False),
        ("missing!~x", True),
        ("site=", False),
        ("site!=", True),
    ],
)
def test_matchers(text: str, holds: bool) -> None:
    assert parse(text).holds(LABELS) is holds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'a="x\"y"', 'x"y'),
        (r'a="x\\y"', r"x\y"),
        (r'a="x\ny"', "x\ny"),
        (r'a="x\dy"', r"x\dy"),
        (r"a=x\dy", r"x\dy"),
        ("a=x y", "x y"),
        ("a==x", "=x"),
    ],
)
def test_escapes(text: str, value: str) -> None:
    assert parse(text).holds({"a": value})


def test_a_full_name_needs_quotes() -> None:
    assert parse(r'"http.code \"x\""=~"5.."').holds({'http.code "x"': "503"})


@pytest.mark.parametrize(
    "text", ["", "alertname", "alertname~x", "a-b=x", "=x", 'a="x', 'a=x"y', 'a="x"y"', 'a="', "a=~(", 'a!~"[z-a]"']
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(BadMatcher):
        parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_matcher_or_bad(text: str) -> None:
    with suppress(BadMatcher):
        parse(text).holds(LABELS)


@given(st.text(max_size=40))
def test_a_quoted_value_is_read_back(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'a="{quoted}"').holds({"a": value})


def test_all_must_hold() -> None:
    assert all_hold([parse("alertname=Overheat"), parse("site=一厂")], LABELS)
    assert not all_hold([parse("alertname=Overheat"), parse("site=二厂")], LABELS)
    assert all_hold([], LABELS)


def test_no_pattern_takes_long() -> None:
    before = time.perf_counter()
    assert not parse('a=~"(a|aa|a?)+$b"').holds({"a": "a" * 10_000})
    assert not parse("a=" + " " * 60_000 + "x").holds({})
    assert time.perf_counter() - before < 1
