"""What `POST /api/v1/events` makes of a body: every bad event refused by name, the good ones beside it kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from dingbell.alarms.alarm import AckMode, Priority
from dingbell.sources.events import Malformed, Parsed, parse
from dingbell.storage.times import DAY, HOUR, SECOND, to_us

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = to_us(datetime(2026, 11, 22, 0, 0, tzinfo=UTC))
GOOD: dict[str, Any] = {"source": "plc-1", "key": "P3#HH", "state": "active"}
DEEP = "[" * 100_000 + "]" * 100_000


def read(body: object) -> Parsed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse(raw, NOW, SHANGHAI)


def event(**fields: object) -> str:
    return json.dumps(GOOD | fields)


def test_the_example_of_the_contract_is_read_whole() -> None:
    parsed = read({
        "source": "plc-1", "key": "Area1/Pump3/Pressure#HH", "state": "active", "time": "2026-11-22T08:00:00+08:00",
        "name": "3号泵压力超高", "path": "一车间/泵房/3号泵", "priority": "critical", "type": "HH", "value": 12.4,
        "unit": "bar", "limit": 10.0, "description": "请检查出口阀", "area": "一车间", "ack_mode": "manual_note",
        "labels": {"line": "A"},
    })  # fmt: skip
    assert parsed.single
    assert parsed.rejected == []
    [report] = parsed.reports
    assert (report.time_us, report.priority, report.ack_mode) == (NOW, Priority.CRITICAL, AckMode.MANUAL_NOTE)
    assert (report.name, report.value, report.labels) == ("3号泵压力超高", 12.4, {"line": "A"})


def test_only_three_fields_are_needed_and_the_rest_stays_unmentioned() -> None:
    [report] = read(GOOD).reports
    assert report.active
    assert report.time_us is None
    assert all(getattr(report, name) is UNSET for name in ("name", "priority", "ack_mode", "value", "labels"))


def test_null_stands_for_not_mentioned_but_clears_a_value() -> None:
    names = ("time", "name", "priority", "ack_mode", "labels", "value", "limit")
    [report] = read(GOOD | dict.fromkeys(names)).reports
    assert (report.time_us, report.name, report.priority, report.labels) == (None, UNSET, UNSET, UNSET)
    assert (report.value, report.limit) == (None, None)


@pytest.mark.parametrize("value", [12.4, 3, -1, True, False, "开", "", 10**30])
def test_a_value_is_a_number_a_text_or_a_bool(value: object) -> None:
    [report] = read(GOOD | {"value": value, "limit": value}).reports
    assert report.value == value
    assert type(report.value) is type(value)


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        ("critical", Priority.CRITICAL), ("high", Priority.HIGH), ("medium", Priority.MEDIUM), ("low", Priority.LOW),
        ("紧急", Priority.CRITICAL), ("高", Priority.HIGH), ("中", Priority.MEDIUM), ("低", Priority.LOW),
        (" Critical ", Priority.CRITICAL),
    ],
)  # fmt: skip
def test_a_priority_in_either_language(word: str, priority: Priority) -> None:
    assert read(GOOD | {"priority": word}).reports[0].priority is priority


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-11-22T08:00:00", NOW),
        ("2026-11-22 08:00:00", NOW),
        ("2026-11-22T00:00:00Z", NOW),
        ("2026-11-22T01:00:00+01:00", NOW),
        ("2026-11-22T00:00:00.1234567Z", NOW + 123456),
        ("2026-11-22T23:59:59Z", NOW + 24 * HOUR - SECOND),
        ("2026-11-23T00:00:00Z", NOW + DAY),
    ],
)
def test_a_time_without_a_zone_is_in_that_of_the_plant(text: str, us: int) -> None:
    assert read(GOOD | {"time": text}).reports[0].time_us == us


# What is wrong with one event, the field it is in, and what the text says of it.
BAD = [
    ("{}", "source", "缺少必填字段"),
    ('{"source": "a", "key": "b"}', "state", "缺少必填字段"),
    (event(state="on"), "state", "active, cleared"),
    (event(key=""), "key", "不能为空"),
    (event(source="  "), "source", "不能为空"),
    (event(key="钉" * 513), "key", "512"),
    (event(source="s" * 513), "source", "512"),
    (event(key=5), "key", "应为 文本，收到 整数"),
    (event(name=["a"]), "name", "收到 数组"),
    (event(value={"a": 1}), "value", "收到 对象"),
    (event(time=1763769600), "time", "收到 整数"),
    (event(time="gestern"), "time", "gestern"),
    (event(time=""), "time", "ISO 8601"),
    (event(time="0001-01-01T00:00:00+14:00"), "time", "0001"),
    (event(time="2026-11-23T00:00:01Z"), "time", "24 小时"),
    (event(time="1999-12-31T23:59:59Z"), "time", "2000 年"),
    (event(priority="urgent"), "priority", "没有这个级别：urgent"),
    (event(priority=1), "priority", "收到 整数"),
    (event(ack_mode="never"), "ack_mode", "manual_note"),
    (event(labels={"a": 1}), "labels", "应为 文本"),
    (event(labels={str(n): "x" for n in range(65)}), "labels", "64"),
    (event(labels={"a": "x" * 1025}), "labels", "1024"),
    (event(description="x" * 65_537), "description", "65536"),
    (event(name="a\x00b"), "", "NUL"),
    (event(labels={"a\x00": "b"}), "", "NUL"),
    (event(key="\ud800"), "", "UTF-8"),
    (event(value="\udfff x"), "", "UTF-8"),
    (event(labels={"a": "\ud800"}), "", "UTF-8"),
    ('{"source": "a", "key": "b", "state": "active", "value": 1e999}', "value", "超出范围"),
    ('{"source": "a", "key": "b", "state": "active", "value": -' + "9" * 400 + "}", "value", "超出范围"),
    ('{"source": "a", "key": "b", "state": "active", "limit": ' + "9" * 5000 + "}", "limit", "超出范围"),
    ('"P3"', "", "应为一个 JSON 对象，收到 文本"),
    ("5", "", "收到 整数"),
    ("null", "", "收到 null"),
]


@pytest.mark.parametrize(("bad", "field", "says"), BAD)
def test_a_bad_event_alone_is_refused_with_its_field_and_reason(bad: str, field: str, says: str) -> None:
    parsed = read(bad.encode())
    assert parsed.single
    assert parsed.reports == []
    [(index, rejected)] = parsed.rejected
    assert (index, rejected.field) == (0, field)
    assert says in rejected.text


@pytest.mark.parametrize(("bad", "field", "says"), [*BAD, ("[]", "", "收到 数组")])
def test_a_bad_event_inside_an_array_costs_only_itself(bad: str, field: str, says: str) -> None:
    parsed = read(f"[{event()}, {bad}, {event(key='other')}]".encode())
    assert not parsed.single
    assert [report.key for report in parsed.reports] == ["P3#HH", "other"]
    [(index, rejected)] = parsed.rejected
    assert (index, rejected.field) == (1, field)
    assert says in rejected.text


def test_bytes_that_are_no_utf8_cost_only_their_own_event() -> None:
    parsed = read(b'[%b, {"source": "a", "key": "\xff\xfe", "state": "active"}]' % event().encode())
    assert len(parsed.reports) == 1
    assert parsed.rejected[0][0] == 1
    assert "UTF-8" in parsed.rejected[0][1].text


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"{", b"[", b'{"source": }', b"[1,]", b"{} {}", b"\xff\xfe{}", "[]".encode("utf-16"),
        b'{"value": NaN}', b'[{"value": Infinity}]', b'{"a": "\x00"}', DEEP.encode(),
        f'{{"value": {DEEP}}}'.encode(), f"[{event()}, {DEEP}]".encode(),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_whole(body: bytes) -> None:
    with pytest.raises(Malformed):
        read(body)


def test_an_escaped_surrogate_pair_is_one_character() -> None:
    [report] = read(rb'{"source": "a", "key": "\ud83d\udd14", "state": "active", "name": "\\u0000"}').reports
    assert report.key == "🔔"
    assert report.name == r"\u0000"


def test_a_byte_order_mark_and_white_space_do_no_harm() -> None:
    assert len(read(b"\xef\xbb\xbf\r\n [" + event().encode() + b"]\n").reports) == 1
    assert len(read(b"\xef\xbb\xbf" + event().encode()).reports) == 1


def test_an_empty_array_is_nothing() -> None:
    assert read(b"[]") == Parsed(single=False)


def test_fields_nobody_knows_are_passed_over() -> None:
    assert len(read(GOOD | {"colour": "red", "nested": {"a": [1]}}).reports) == 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
almost_events = st.fixed_dictionaries(
    {
        "source": st.just("plc-1") | anything,
        "key": st.text(min_size=1) | anything,
        "state": st.just("active") | anything,
    },
    optional=dict.fromkeys(("time", "name", "priority", "ack_mode", "value", "limit", "labels"), anything),
)


@given(st.binary())
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    try:
        parsed = parse(body, NOW, SHANGHAI)
    except Malformed:
        return
    assert len(parsed.reports) + len(parsed.rejected) == 1 or not parsed.single


@given(st.lists(almost_events | anything, max_size=5))
def test_every_item_of_an_array_is_a_report_or_refused(items: list[object]) -> None:
    body = json.dumps(items)
    if any(constant in body for constant in ("NaN", "Infinity")):  # Python's JSON, nobody else's
        return
    parsed = read(body.encode())
    refused = [index for index, _ in parsed.rejected]
    assert len(parsed.reports) + len(refused) == len(items)
    assert refused == sorted(set(refused))
    for report in parsed.reports:
        assert report.source
        report.key.encode()
        assert "\x00" not in report.key
