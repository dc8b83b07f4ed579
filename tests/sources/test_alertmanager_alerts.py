"""The body of POST /api/v2/alerts: what is taken, what is refused and why."""

from __future__ import annotations

import json
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.sources.alertmanager.alerts import parse
from dingbell.sources.alertmanager.fingerprint import fingerprint
from dingbell.sources.events import Malformed
from dingbell.storage.times import DAY, HOUR, SECOND
from tests.sources.alerting import NOW, alert, at, parsed


def test_an_alert_as_prometheus_sends_it() -> None:
    sent = {
        "annotations": {"summary": "3号泵过热"},
        "endsAt": "2026-11-22T08:04:00.123Z",
        "startsAt": "2026-11-22T07:59:30.123456789Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
        "labels": {"alertname": "Overheat", "instance": "plc:9100"},
    }
    found = parsed(sent).alerts[0]
    assert found.labels == sent["labels"]
    assert found.annotations == sent["annotations"]
    assert found.generator_url == sent["generatorURL"]
    assert found.starts_us == NOW - 30 * SECOND + 123_456
    assert found.ends_us == NOW + 240 * SECOND + 123_000


@pytest.mark.parametrize("none", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", "", None])
def test_times_that_amtool_sends_for_none_are_absent(none: str | None) -> None:
    found = alert(startsAt=none, endsAt=none)
    assert (found.starts_us, found.ends_us) == (None, None)


def test_a_time_without_a_zone_is_in_the_zone_of_the_plant() -> None:
    body = b'[{"labels":{"a":"b"},"startsAt":"2026-11-22T16:00:00"}]'
    assert parse(body, NOW, ZoneInfo("Asia/Shanghai")).alerts[0].starts_us == NOW


def test_empty_labels_do_not_count() -> None:
    assert alert({"alertname": "x", "site": ""}).labels == {"alertname": "x"}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"annotations": {"summary": "x"}}, "至少要有一个标签"),
        ({"labels": {}}, "至少要有一个标签"),
        ({"labels": {"site": ""}}, "至少要有一个标签"),
        ({"labels": None}, "至少要有一个标签"),
        ({"labels": {"0x": "y"}}, "labels：名称无效：0x"),
        ({"labels": {"a-b": "y"}}, "labels：名称无效：a-b"),
        ({"labels": {"a": "y"}, "annotations": {"b c": ""}}, "annotations：名称无效：b c"),
        ({"labels": {"a": "y"}, "startsAt": at(10), "endsAt": at(9)}, "endsAt 早于 startsAt"),
        ({"labels": {"a": "y"}, "startsAt": "gestern"}, "startsAt：看不懂这个时间：gestern"),
        ({"labels": {"a": "y"}, "startsAt": at(25 * 3600)}, "24 小时以上"),
        ({"labels": {"a": "y"}, "endsAt": "1999-12-31T00:00:00Z"}, "早于 2000 年"),
        ({"labels": {"a": 1}}, "labels：类型不对"),
        ({"labels": {"a": "b"}, "startsAt": 1}, "startsAt：类型不对"),
        (7, "应为一个 JSON 对象"),
        (None, "应为一个 JSON 对象"),
    ],
)
def test_a_bad_alert_is_refused_by_its_reason_and_the_good_ones_are_kept(bad: object, reason: str) -> None:
    good = {"labels": {"alertname": "good"}}
    found = parsed(good, bad, good)
    assert [one.labels for one in found.alerts] == [good["labels"], good["labels"]]
    assert found.reasons.startswith("[1] ")
    assert reason in found.reasons


def test_only_the_first_reasons_are_told() -> None:
    found = parsed(*[{"labels": {}}] * 250)
    assert found.reasons.endswith("另有 150 条")
    assert found.reasons.count("[") == 100


@pytest.mark.parametrize("body", [b"", b"[", b'[{"labels":', b"{}", b'"x"', b"null", b"[NaN]", b"[" * 100_000])
def test_what_is_no_array_of_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body, NOW, UTC)


@pytest.mark.parametrize(("sent", "kept"), [(r"\u0000x", "\ufffdx"), (r"\ud800x", "\ufffdx"), (r"\u6cf5", "泵")])
def test_text_that_no_database_keeps_is_mended(sent: str, kept: str) -> None:
    body = f'[{{"labels":{{"a":"{sent}"}},"annotations":{{"b":"{sent}"}},"generatorURL":"{sent}"}}]'.encode()
    found = parse(body, NOW, UTC).alerts[0]
    assert (found.labels["a"], found.annotations["b"], found.generator_url) == (kept, kept, kept)


def test_bytes_that_are_no_text_are_mended_too() -> None:
    assert parse(b'[{"labels":{"a":"\xff"}}]', NOW, UTC).alerts[0].labels == {"a": "\ufffd"}


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["labels", "annotations", "startsAt", "endsAt", "generatorURL", "other"]),
            st.none()
            | st.text(max_size=30)
            | st.integers()
            | st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(), max_size=3)
            | st.integers(-3, 3).map(lambda hours: at(hours * 3600)),
        ),
        max_size=5,
    )
)
def test_every_alert_is_taken_or_refused(alerts: list[object]) -> None:
    for body in (json.dumps(alerts), json.dumps(alerts, ensure_ascii=False).encode("utf-8", "replace").decode()):
        found = parse(body.encode(), NOW, UTC)
        assert len(found.alerts) + len(found.refused) == len(alerts)
        for one in found.alerts:
            assert one.labels
            assert all(one.labels.values())
            assert one.starts_us is None or NOW - 4 * HOUR < one.starts_us <= NOW + DAY


@pytest.mark.parametrize(
    ("labels", "as_alertmanager"),
    [  # seen in the answers of Debian's Alertmanager 0.25
        ({"alertname": "a", "site": "厂"}, "10113129db961a31"),
        ({"site": "厂", "alertname": "a"}, "10113129db961a31"),
        ({"alertname": "empty"}, "ef5aa05097325321"),
        ({}, "cbf29ce484222325"),
    ],
)
def test_the_fingerprint_is_alertmanagers(labels: dict[str, str], as_alertmanager: str) -> None:
    assert fingerprint(labels) == as_alertmanager
