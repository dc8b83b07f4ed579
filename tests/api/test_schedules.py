"""Schedules over REST: standard ones, holidays, the calendar, and the public holidays of a year."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.notify.models import Schedule
from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.users.models import AuditEntry
from tests.api.conftest import Caller, rule_for

WEEKDAYS = [1, 2, 3, 4, 5]
DAY_SHIFT: dict[str, Any] = {
    "name": "工作日白班",
    "kind": "standard",
    "periods": [{"weekdays": WEEKDAYS, "start": "08:00:00", "end": "20:00:00"}],
}
NATIONAL: dict[str, Any] = {
    "name": "2026 国庆",
    "kind": "holiday",
    "ranges": [{"start": "2026-10-01", "end": "2026-10-07", "name": "国庆节"}],
    "workdays": [{"date": "2026-10-10", "as_weekday": 1, "name": "国庆节调休"}],
}


def make(api: Caller, document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    made = api.post("schedules", document | changes)
    assert made.status == 201, made.body
    return made.body  # type: ignore[no-any-return]


def test_a_schedule_is_answered_in_full_and_can_be_sent_back(api: Caller) -> None:
    made = make(api, DAY_SHIFT)
    assert made == DAY_SHIFT | {
        "id": made["id"], "description": "", "enabled": True, "time_zone": "Asia/Shanghai", "ignore_holidays": False,
        "start_date": None, "end_date": None, "ranges": [], "workdays": [], "created_at": made["created_at"],
    }  # fmt: skip
    path = f"schedules/{made['id']}"
    assert api.get(path).body == api.patch(path, made).body == made
    assert api.get("schedules").body == {"items": [made], "next": None}


def test_times_are_written_in_full_and_in_order(api: Caller) -> None:
    given = [
        {"weekdays": [7, 6, 7], "start": "9:00", "end": "00:00"},
        {"weekdays": [1], "start": "22：00：30", "end": "6:00"},
        {"weekdays": [1], "start": "0:00", "end": "24:00"},
    ]
    made = make(api, DAY_SHIFT, periods=given)
    assert made["periods"] == [
        {"weekdays": [1], "start": "00:00:00", "end": "24:00:00"},
        {"weekdays": [1], "start": "22:00:30", "end": "06:00:00"},
        {"weekdays": [6, 7], "start": "09:00:00", "end": "24:00:00"},
    ]


def test_a_copy_of_a_holiday_is_switched_off(api: Caller) -> None:
    copies = [api.post(f"schedules/{make(api, one)['id']}/copy") for one in (DAY_SHIFT, NATIONAL)]
    assert [(one.status, one.body["name"], one.body["enabled"]) for one in copies] == [
        (201, "工作日白班 (副本)", True),
        (201, "2026 国庆 (副本)", False),
    ]
    assert api.post("schedules/987654/copy").status == 404


def test_every_change_counts_at_once_and_stands_in_the_audit(api: Caller) -> None:
    before = versions.current()[Subject.CONFIGURATION]
    path = f"schedules/{make(api, DAY_SHIFT)['id']}"
    changed = api.patch(path, {"enabled": False, "start_date": "2026-12-01", "end_date": ""}).body
    assert (changed["enabled"], changed["start_date"], changed["end_date"]) == (False, "2026-12-01", None)
    assert api.delete(path).status == 204
    assert [api.get(path).status, api.patch(path, {}).status, api.delete(path).status] == [404, 404, 404]
    assert versions.current()[Subject.CONFIGURATION] >= before + 3
    entries = AuditEntry.objects.filter(kind="schedule").order_by("id")
    assert [entry.action for entry in entries] == ["created", "changed", "deleted"]
    assert entries[1].after["enabled"] is False


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": " "}, {"name"}),
        ({"kind": "weekly"}, {"kind"}),
        ({"periods": []}, {"periods"}),
        ({"periods": [{"weekdays": [], "start": "8:00", "end": "9:00"}]}, {"periods[0].weekdays"}),
        ({"periods": [{"weekdays": [0], "start": "24:00", "end": "8"}]},
         {"periods[0].weekdays", "periods[0].start", "periods[0].end"}),
        ({"periods": [{"weekdays": [1], "start": "23:60", "end": "24:00:01"}]}, {"periods[0].start", "periods[0].end"}),
        ({"periods": [{"weekdays": [1], "start": "1:00", "end": "2:00"}] * 101}, {"periods"}),
        ({"periods": [{"weekdays": [1]}]}, {"periods[0]"}),
        ({"time_zone": "Asia/Nowhere"}, {"time_zone"}),
        ({"time_zone": "../../etc/passwd"}, {"time_zone"}),
        ({"start_date": "2026-13-01"}, {"start_date"}),
        ({"start_date": "2026-12-02", "end_date": "2026-12-01"}, {"end_date"}),
        ({"start_date": "9999-12-31"}, {"start_date"}),
        ({"period": []}, {"period"}),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_standard_schedule_is_named(api: Caller, change: dict[str, Any], fields: set[str]) -> None:
    refused = api.post("schedules", DAY_SHIFT | change)
    assert (refused.status, set(refused.errors)) == (422, fields)
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"ranges": [], "workdays": []}, {"ranges"}),
        ({"ranges": [{"start": "2026-10-07", "end": "2026-10-01"}]}, {"ranges[0].end"}),
        ({"ranges": [{"start": "", "end": ""}]}, {"ranges[0].start", "ranges[0].end"}),
        ({"workdays": [{"date": "2026-10-10"}, {"date": "2026-10-10"}]}, {"workdays[1].date"}),
        ({"workdays": [{"date": "2026-10-10", "as_weekday": 8}]}, {"workdays[0].as_weekday"}),
        ({"workdays": [{"date": "2026-10-03"}]}, {"workdays"}),
    ],
)
def test_what_is_wrong_in_a_holiday_schedule_is_named(api: Caller, change: dict[str, Any], fields: set[str]) -> None:
    refused = api.post("schedules", NATIONAL | change)
    assert (refused.status, set(refused.errors)) == (422, fields)


def test_names_are_unique_and_kinds_stay(api: Caller) -> None:
    made = make(api, DAY_SHIFT)
    assert api.post("schedules", DAY_SHIFT).errors == {"name": "已经有同名的通知排程"}
    assert api.patch(f"schedules/{made['id']}", {"kind": "holiday"}).errors == {"kind": "类型不能更改"}


def test_a_schedule_that_a_rule_asks_cannot_go(api: Caller, service: dict[str, Any]) -> None:
    made, holiday = make(api, DAY_SHIFT), make(api, NATIONAL)
    blocks = [{"service": service["id"], "schedule": made["id"]}] * 2
    assert api.post("rules", rule_for(service, notifications=blocks)).status == 201
    refused = api.delete(f"schedules/{made['id']}")
    assert (refused.status, refused.errors) == (409, {"": "通知规则正在使用这个排程：紧急报警。"})
    blocks = [{"service": service["id"], "schedule": holiday["id"]}]
    refused = api.post("rules", rule_for(service, name="别的", notifications=blocks))
    assert set(refused.errors) == {"notifications[0].schedule"}


def test_the_calendar_names_holidays_swaps_and_open_times(api: Caller) -> None:
    night = [{"weekdays": WEEKDAYS, "start": "20:00:00", "end": "08:00:00"}]
    made, holiday = make(api, DAY_SHIFT, periods=night), make(api, NATIONAL)
    path = f"schedules/{made['id']}/calendar"
    month = api.get(path, month="2026-10").body
    assert (month["month"], month["time_zone"], len(month["days"])) == ("2026-10", "Asia/Shanghai", 31)
    days = {day["date"][-2:]: day for day in month["days"]}
    assert days["01"] == {
        "date": "2026-10-01", "weekday": 4, "counts_as": None, "holiday": True, "workday": False, "name": "国庆节",
        "open": [{"start": "2026-10-01T00:00:00+08:00", "end": "2026-10-01T08:00:00+08:00"}],
    }  # fmt: skip
    assert days["02"]["open"] == []
    assert (days["10"]["workday"], days["10"]["counts_as"], days["10"]["name"]) == (True, 1, "国庆节调休")
    assert [one["end"][11:13] for one in days["09"]["open"]] == ["08", "00"]
    own = api.get(f"schedules/{holiday['id']}/calendar", month="2026-10").body["days"]
    assert [day["date"][-2:] for day in own if day["holiday"]] == [f"0{n}" for n in range(1, 8)]
    api.patch(f"schedules/{made['id']}", {"ignore_holidays": True})
    ignoring = api.get(path, month="2026-10").body["days"][1]
    assert (ignoring["holiday"], ignoring["name"], len(ignoring["open"])) == (False, "", 2)
    for month_text in ("2026-13", "", "1999-01", "2026-1-1"):
        assert set(api.get(path, month=month_text).errors) == {"month"}
    assert api.get("schedules/999/calendar", month="2026-10").status == 404


def test_the_public_holidays_of_a_year_fill_a_schedule(api: Caller) -> None:
    year = api.get("schedules/holidays", year="2026").body
    assert year["known"] is True
    assert {one["name"]: (one["start"], one["end"]) for one in year["ranges"]}["国庆节"] == ("2026-10-01", "2026-10-07")
    assert {"date": "2026-10-10", "as_weekday": 1, "name": "国庆节调休"} in year["workdays"]
    filled = make(api, NATIONAL, ranges=year["ranges"], workdays=year["workdays"])
    assert len(filled["ranges"]) == 7
    assert api.get("schedules/holidays", year="2199").body == {
        "year": 2199, "known": False, "ranges": [], "workdays": [],
    }  # fmt: skip
    assert set(api.get("schedules/holidays", year="x").errors) == {"year"}
