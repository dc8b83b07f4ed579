"""alertmanager.toml: what it changes, and that every mistake is named by its key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dingbell.alarms.alarm import AckMode, Priority
from dingbell.sources.alertmanager.mapping import Mapping
from dingbell.sources.alertmanager.mapping_file import load, parse
from dingbell.storage.configuration import Configuration, ConfigurationError
from dingbell.storage.times import HOUR, MINUTE, SECOND
from tests.sources.alerting import NOW, alert

EXAMPLE = Path(__file__).parents[2] / "docs/alertmanager.md"


def configuration(data_dir: Path, mapping: str = "") -> Configuration:
    return replace(Configuration.load({"DINGBELL_DATA_DIR": str(data_dir)}), alertmanager_mapping=mapping)


def test_an_empty_file_changes_nothing() -> None:
    assert parse("") == Mapping()


def test_the_file_in_the_documentation_is_the_default() -> None:
    text = EXAMPLE.read_text("utf-8").split("```toml\n")[1].split("```")[0]
    assert parse(text) == Mapping()


def test_fields_are_taken_from_where_the_file_says() -> None:
    mapping = parse("""
        source = "prometheus-1"
        priority = "low"
        ack_mode = "auto"
        resolve_timeout = "1h30m"
        [fields]
        source = ["labels.cluster"]
        name = "annotations.titel"
        path = ["labels.line", ["labels.plant", "labels.unit", "labels.tag"]]
        ack_mode = ["labels.ack"]
    """)
    report = mapping.report(alert({"plant": "厂", "tag": "P3", "ack": "manual_note"}), NOW)
    assert (report.source, report.name, report.path) == ("prometheus-1", "", "厂/P3")
    assert (report.priority, report.ack_mode) == (Priority.LOW, AckMode.MANUAL_NOTE)
    assert report.expires_us == NOW + HOUR + 30 * MINUTE
    report = mapping.report(alert({"cluster": "二厂", "line": "A", "ack": "?"}), NOW)
    assert (report.source, report.path, report.ack_mode) == ("二厂", "A", AckMode.AUTO)


def test_a_level_has_the_words_the_file_gives_it() -> None:
    words = parse('[priorities]\ncritical = ["P1", "error"]\nlow = []').words
    assert words["p1"] is words["error"] is Priority.CRITICAL
    assert words["major"] is Priority.HIGH
    assert "page" not in words
    assert "info" not in words


def test_seconds_may_be_a_number() -> None:
    assert parse("resolve_timeout = 90").resolve_timeout_us == 90 * SECOND


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("nmae = 1", "nmae"),
        ("[fields]\nnmae = []", "fields.nmae"),
        ("fields = 3", "fields"),
        ("[fields]\nname = 3", "fields.name"),
        ('[fields]\nname = ["summary"]', "fields.name"),
        ('[fields]\nname = ["labels."]', "fields.name"),
        ("[fields]\nname = [[]]", "fields.name"),
        ('[fields]\npath = [["labels.a", 3]]', "fields.path"),
        ("source = ''", "source"),
        (f"source = '{'x' * 513}'", "source"),
        ("priority = 'purple'", "priority"),
        ("ack_mode = 'never'", "ack_mode"),
        ("ack_mode = []", "ack_mode"),
        ("resolve_timeout = '5 minutes'", "resolve_timeout"),
        ("resolve_timeout = 0", "resolve_timeout"),
        ("resolve_timeout = true", "resolve_timeout"),
        ("resolve_timeout = '9999999d'", "resolve_timeout"),
        ("[priorities]\nurgent = ['x']", "priorities.urgent"),
        ("[priorities]\nhigh = 'x'", "priorities.high"),
        ("[priorities]\nhigh = ['']", "priorities.high"),
        ("[priorities]\nhigh = ['x']\nlow = ['X']", "priorities.low"),
        ("= 1", "line 1"),
    ],
)
def test_a_mistake_is_named_by_its_key(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "alertmanager.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=r"alertmanager\.toml: .*") as raised:
        load(configuration(tmp_path))
    assert key in str(raised.value)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(configuration(tmp_path)) == Mapping()


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="DINGBELL_ALERTMANAGER_MAPPING"):
        load(configuration(tmp_path, str(tmp_path / "elsewhere.toml")))
    (tmp_path / "elsewhere.toml").write_text("source = 'x'", "utf-8")
    assert load(configuration(tmp_path, str(tmp_path / "elsewhere.toml"))).source == "x"
