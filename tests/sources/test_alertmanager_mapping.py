"""Which labels and annotations make which field of an alarm, and when an alert fires."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.alarms.alarm import AckMode, Alarm, Priority, Value
from dingbell.sources.alertmanager.alerts import Alert, Origin, read_origin
from dingbell.sources.alertmanager.mapping import Mapping, shortened
from dingbell.sources.events import LONGEST_KEY, LONGEST_LABEL, LONGEST_TEXT, MOST_LABELS
from dingbell.storage.times import DAY, MINUTE, SECOND, to_us
from tests.sources.alerting import NOW, alert, at

MAPPING = Mapping()


def test_a_full_alert() -> None:
    labels = {
        "alertname": "Overheat", "severity": "page", "path": "一车间/泵房", "job": "plc", "area": "一车间",
        "instance": "plc:9100",
    }  # fmt: skip
    annotations = {
        "summary": "3号泵过热", "description": "请检查冷却水", "value": "95.5", "unit": "°C", "limit": "90",
    }  # fmt: skip
    report = MAPPING.report(alert(labels, annotations=annotations, startsAt=at(-30), endsAt=at(240)), NOW)
    assert report.source == "alertmanager"
    assert report.key.startswith("Overheat#")
    assert (report.name, report.description) == ("3号泵过热", "请检查冷却水")
    assert (report.path, report.area, report.type) == ("一车间/泵房", "一车间", "Overheat")
    assert (report.value, report.unit, report.limit) == (95.5, "°C", 90)
    assert (report.priority, report.ack_mode) == (Priority.CRITICAL, AckMode.MANUAL)
    assert report.labels == labels
    assert (report.active, report.time_us, report.expires_us) == (True, NOW - 30 * SECOND, NOW + 240 * SECOND)


def test_an_alert_with_nothing_but_labels() -> None:
    report = MAPPING.report(alert({"alertname": "Down", "job": "node", "instance": "a:9100", "site": "二厂"}), NOW)
    assert (report.name, report.description, report.type) == ("Down", "", "Down")
    assert (report.path, report.area) == ("node/a:9100", "二厂")
    assert (report.value, report.limit, report.priority) == (None, None, Priority.MEDIUM)


def test_the_second_place_counts_where_the_first_is_empty() -> None:
    told = {"summary": " ", "title": "标题", "message": "正文"}
    report = MAPPING.report(alert({"alertname": "x", "job": "plc"}, annotations=told), NOW)
    assert (report.name, report.description, report.path) == ("标题", "正文", "plc")


def test_an_alert_without_a_name_still_has_a_readable_key() -> None:
    assert MAPPING.report(alert({"node": "7"}), NOW).key.startswith("alert#")


@pytest.mark.parametrize(
    ("word", "priority"),
    [
        ("critical", Priority.CRITICAL), ("Page", Priority.CRITICAL), ("紧急", Priority.CRITICAL),
        ("error", Priority.HIGH), ("major", Priority.HIGH), ("高", Priority.HIGH),
        ("warning", Priority.MEDIUM), ("中", Priority.MEDIUM), ("no such word", Priority.MEDIUM),
        ("info", Priority.LOW), ("none", Priority.LOW), ("低", Priority.LOW),
    ],
)  # fmt: skip
@pytest.mark.parametrize("label", ["severity", "priority"])
def test_priority_by_word(label: str, word: str, priority: Priority) -> None:
    assert MAPPING.report(alert({"alertname": "x", label: word}), NOW).priority is priority


def test_a_severity_nobody_knows_leaves_it_to_the_next_place() -> None:
    assert MAPPING.report(alert({"severity": "purple", "priority": "high"}), NOW).priority is Priority.HIGH


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("-3", -3), ("12.50", 12.5), ("1e+06", 1e6), (".5", 0.5), ("1e999", "1e999"), ("NaN", "NaN"),
        ("+Inf", "+Inf"), ("12 bar", "12 bar"), ("1_000", "1_000"), ("٣", "٣"), ("", None),
        ("123456789012345678", 123456789012345678.0),
    ],
)  # fmt: skip
def test_a_value_that_reads_as_a_number_is_one(text: str, value: Value) -> None:
    found = MAPPING.report(alert(annotations={"value": text}), NOW).value
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("starts", "ends", "active", "time", "expires"),
    [
        (None, None, True, None, 300),
        (-60, None, True, -60, 300),
        (-60, 240, True, -60, 240),
        (None, 240, True, None, 240),
        (3600, None, True, 3600, 300),
        (-60, -10, False, -10, None),
        (-60, 0, False, 0, None),
        (None, -10, False, -10, None),
    ],
)
def test_firing_is_what_has_not_ended(
    starts: int | None, ends: int | None, active: bool, time: int | None, expires: int | None
) -> None:
    times = {"startsAt": starts and at(starts), "endsAt": at(ends) if ends is not None else None}
    report = MAPPING.report(alert(**times), NOW)
    assert report.active is active
    assert report.time_us == (None if time is None else NOW + time * SECOND)
    assert report.expires_us == (None if expires is None else NOW + expires * SECOND)


def test_an_end_at_the_end_of_time_leaves_room() -> None:
    expires_us = MAPPING.report(alert(endsAt="9999-12-31T23:59:59Z"), NOW).expires_us
    assert expires_us is not None
    assert expires_us + 365 * DAY < to_us(datetime(9999, 1, 1, tzinfo=UTC))


def test_the_time_to_repeat_can_be_set() -> None:
    assert Mapping(resolve_timeout_us=MINUTE).report(alert(), NOW).expires_us == NOW + MINUTE


def test_a_recovery_does_not_repeat_the_value_it_fired_with() -> None:
    assert MAPPING.report(alert(annotations={"value": "95"}, startsAt=at(-9), endsAt=at(-1)), NOW).value is None


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)


@given(
    st.dictionaries(st.sampled_from(["alertname", "job", "path", "severity", "area"]), texts, min_size=1),
    st.dictionaries(st.sampled_from(["summary", "description", "value"]), texts),
    st.integers(1, 3_000),
    st.integers(0, 100),
)
def test_whatever_comes_fits(labels: dict[str, str], annotations: dict[str, str], times: int, more: int) -> None:
    many = {name: text * times for name, text in labels.items()} | {f"l{number}": "x" for number in range(more)}
    told = {name: text * times for name, text in annotations.items()}
    given = Alert(labels=many, annotations=told, generator_url="", starts_us=None, ends_us=None)
    report = MAPPING.report(given, NOW)
    assert len(report.key) <= LONGEST_KEY
    assert isinstance(report.labels, dict)
    assert len(report.labels) <= MOST_LABELS
    assert all(len(value) <= LONGEST_LABEL for value in report.labels.values())
    for text in (report.name, report.description, report.path, report.value):
        assert not isinstance(text, str) or len(text) <= LONGEST_TEXT


def test_what_came_is_kept_whole_beside_what_was_shortened() -> None:
    given = alert({"alertname": "x", "long": "y" * 5000}, annotations={"summary": "z"}, generatorURL="http://p/")
    report = MAPPING.report(given, NOW)
    assert isinstance(report.origin, str)
    origin = read_origin(Alarm(id=1, source=report.source, key=report.key, origin=report.origin))
    assert origin == Origin(given.labels, {"summary": "z"}, "http://p/", NOW)


def test_alarms_that_came_another_way_have_no_such_origin() -> None:
    for text in ("", "{}", '{"api": "mqtt"}', "no json"):
        assert read_origin(Alarm(id=1, source="plc", key="P3", origin=text)) is None


@given(st.text(max_size=30), st.integers(1, 30))
def test_shortened_says_that_it_was(text: str, longest: int) -> None:
    found = shortened(text, longest)
    assert len(found) <= longest
    assert found == text or (len(text) > longest and found.endswith("…") and text.startswith(found[:-1]))
