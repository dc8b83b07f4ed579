"""When a block speaks, as REST keeps and explains it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Caller, rule_for

TIMING = {
    "delay_s": 30, "repeat_minutes": 10, "repeat_most": 3, "quiet": ["acked", "shelved"], "recovery_to_told": True,
    "outside": "hold", "gather": {"delay_s": 20, "every_s": 300}, "recall_on_clear": True, "receipts": True,
}  # fmt: skip
AT_ONCE = {
    "delay_s": 0, "repeat_minutes": 0, "repeat_most": 0, "quiet": ["acked", "cleared", "shelved"],
    "recovery_to_told": False, "outside": "drop", "gather": {"delay_s": 0, "every_s": 0}, "recall_on_clear": False,
    "receipts": False,
}  # fmt: skip


def with_timing(service: dict[str, Any], timing: Any, **fields: Any) -> dict[str, Any]:
    block = {"service": service["id"], "message": None, "schedule": None, "receivers": None, "timing": timing}
    return rule_for(service, notifications=[block], **fields)


def test_a_timing_is_kept_changed_and_copied(service: dict[str, Any], api: Caller) -> None:
    made = api.post("rules", with_timing(service, TIMING)).body
    block = made["notifications"][0]
    assert block["timing"] == TIMING
    path = f"rules/{made['id']}"
    kept = {"notifications": [{"id": block["id"], "service": service["id"]}]}
    assert api.patch(path, kept).body["notifications"][0]["timing"] == TIMING
    copy = api.post(f"{path}/copy", {}).body
    assert copy["notifications"][0]["timing"] == TIMING
    part = {"notifications": [{"id": block["id"], "timing": {"delay_s": 5}}]}
    assert api.patch(path, part).body["notifications"][0]["timing"] == AT_ONCE | {"delay_s": 5}
    new = {"notifications": [{"service": service["id"]}]}
    assert api.patch(path, new).body["notifications"][0]["timing"] == AT_ONCE


@pytest.mark.parametrize(
    ("timing", "field"),
    [
        ({"delay_s": -1}, "delay_s"),
        ({"repeat_minutes": 10_081}, "repeat_minutes"),
        ({"repeat_most": 101}, "repeat_most"),
        ({"quiet": ["acked", "asleep"]}, "quiet[1]"),
        ({"outside": "later"}, "outside"),
        ({"gather": {"every_s": 86_401}}, "gather.every_s"),
        ({"delay_s": "soon"}, "delay_s"),
        ({"delay_s": 10**30}, "delay_s"),
        ({"quiet": None}, "quiet"),
        ({"snooze": 1}, "snooze"),
    ],
)
def test_what_cannot_be_kept_is_named_at_its_field(
    service: dict[str, Any], api: Caller, timing: dict[str, Any], field: str
) -> None:
    answer = api.post("rules", with_timing(service, timing))
    assert answer.status == 422, answer.body
    assert [one["field"] for one in answer.body["errors"]] == [f"notifications[0].timing.{field}"]


def test_a_dry_run_says_when_it_would_go(service: dict[str, Any], api: Caller, engine: object) -> None:
    def would(timing: dict[str, Any], *, hour: int = 12) -> tuple[str, str | None, int]:
        rule = with_timing(service, timing, states=["active_unacked"], match={})
        rule["notifications"][0]["schedule"] = schedule["id"]
        sample = {"source": "plc-1", "key": "k", "state": "active"}
        asked = {"sample": sample, "rule": rule, "at": f"2026-11-24T{hour:02}:00:00+08:00"}
        found = api.post("rules/dry-run", asked)
        assert found.status == 200, found.body
        first = found.body["rules"][0]["would"][0]
        return first["due_at"], first["put_off"], first["repeat_minutes"]

    days = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "start": "08:00:00", "end": "20:00:00"}
    schedule = api.post("schedules", {"name": "白班", "kind": "standard", "periods": [days]}).body
    assert would({}) == ("2026-11-24T12:00:00+08:00", None, 0)
    assert would({"delay_s": 30, "repeat_minutes": 5}) == ("2026-11-24T12:00:30+08:00", "delayed", 5)
    assert would({"gather": {"delay_s": 90}}) == ("2026-11-24T12:01:30+08:00", "gathering", 0)
    assert would({"outside": "hold"}, hour=22) == ("2026-11-25T08:00:00+08:00", "outside_schedule", 0)
    assert would({"outside": "drop"}, hour=22) == (None, None, 0)
