"""What stands behind the pages of schedules and silences, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from dingbell.notify.models import Schedule, Silence
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.documents import PeriodDocument, RangeDocument, ScheduleInput
from dingbell.notify.silences import silences
from dingbell.notify.silences.silences import SilenceInput
from dingbell.storage.times import HOUR, MINUTE, SECOND, now_us
from dingbell.users.models import User

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _set_up(admin: User) -> None:
    """Somebody administers it: otherwise every page leads to its set-up."""


def standard(**fields: Any) -> int:
    period = PeriodDocument(weekdays=[1, 2, 3, 4, 5], start="08:00", end="20:00")
    return schedules.create(ScheduleInput(**{"name": "白班", "kind": "standard", "periods": [period]} | fields)).id


def silence(**fields: Any) -> int:
    until = (timezone.now() + timedelta(hours=2)).isoformat()
    return silences.create(SilenceInput(**{"reason": "检修", "until": until} | fields), "张师傅", now_us()).id


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_a_known_year_takes_the_place_of_what_the_form_had_for_it(signed_in: SignIn, engineer: User) -> None:
    typed = {
        "ranges": [{"name": "旧", "start": "2026-10-02", "end": "2026-10-03"}, {"start": "2027-01-01", "end": ""}],
        "workdays": [{"date": "", "as_weekday": 1}],
    }
    page = text(signed_in(engineer).post("/schedules/fill/2026/", {"document": json.dumps(typed)}))
    assert "已填入 2026 年的 7 个假期和 6 个调休上班日" in page
    assert 'value="国庆节"' in page
    assert 'value="旧"' not in page
    assert 'value="2027-01-01"' in page, "another year stays as it was typed"


def test_a_year_nobody_announced_fills_nothing_and_says_so(signed_in: SignIn, engineer: User) -> None:
    typed = {"ranges": [{"name": "自己填的", "start": "2199-10-01", "end": "2199-10-02"}]}
    page = text(signed_in(engineer).post("/schedules/fill/2199/", {"document": json.dumps(typed)}))
    assert "这个版本不知道 2199 年的放假安排" in page
    assert page.count('name="start"') == 1
    assert 'value="自己填的"' in page


def test_a_month_shows_holidays_and_where_it_stands(signed_in: SignIn, viewer: User) -> None:
    holiday = RangeDocument(name="国庆节", start="2026-10-01", end="2026-10-07")
    days = schedules.create(ScheduleInput(name="国庆", kind="holiday", ranges=[holiday])).id
    client = signed_in(viewer)
    page = text(client.get(f"/schedules/{standard()}/calendar/?month=2026-10"))
    assert page.count("国庆节</span>") == 7
    assert page.count("08:00–20:00</span>") == 17
    assert "?month=2026-09" in page
    assert "?month=2026-11" in page
    assert text(client.get(f"/schedules/{days}/calendar/?month=2026-10")).count("<b>休</b>") == 7
    schedules.update(days, ScheduleInput(enabled=False))
    assert "这些日期和平常一样" in text(client.get(f"/schedules/{days}/calendar/?month=nonsense"))
    assert client.get("/schedules/999/calendar/").status_code == 404


def test_a_disabled_schedule_says_that_it_restricts_nothing(signed_in: SignIn, engineer: User) -> None:
    schedule_id = standard()
    client = signed_in(engineer)
    client.post(f"/schedules/{schedule_id}/enabled/")
    assert "现在不限制时间" in text(client.get(f"/schedules/{schedule_id}/calendar/"))
    assert client.post(f"/schedules/{schedule_id}/copy/").status_code == 302
    assert set(Schedule.objects.values_list("name", "enabled")) == {("白班", False), ("白班 (副本)", False)}
    client.post("/schedules/ticked/", {"do": "delete", "id": [schedule_id]})
    assert Schedule.objects.count() == 1


def test_an_old_name_of_a_zone_stays_chosen(signed_in: SignIn, engineer: User) -> None:
    page = text(signed_in(engineer).get(f"/schedules/{standard(time_zone='PRC')}/"))
    assert "<option selected>PRC</option>" in page


@pytest.mark.parametrize("path", ["/schedules/new/", "/schedules/fill/2026/", "/silences/new/"])
def test_a_visitor_changes_nothing(signed_in: SignIn, viewer: User, path: str) -> None:
    assert signed_in(viewer).post(path).status_code == 403


def test_the_dialog_silences_for_so_long_and_says_what_is_wrong(signed_in: SignIn, operator: User) -> None:
    client = signed_in(operator)
    done = client.post(
        "/silences/new/", {"scope": "area", "area": "一车间", "path": "x", "length": "30m", "reason": "检修"}
    )
    assert done.status_code == 204
    assert {"silences-changed", "dialog-done"} <= json.loads(done["HX-Trigger"]).keys()
    made = Silence.objects.get()
    assert (made.area, made.path, made.created_by) == ("一车间", "", "张师傅")
    assert made.until_us - made.start_us == 30 * MINUTE
    later = (timezone.localtime() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    client.post("/silences/new/", {"scope": "plant", "length": "2h", "later": "on", "start": later, "reason": "大修"})
    planned = Silence.objects.latest("id")
    assert planned.until_us - planned.start_us == 2 * HOUR
    assert planned.start_us - now_us() > 4 * HOUR
    wrong = client.post(
        "/silences/new/", {"scope": "path", "path": "泵*", "length": "custom", "later": "on", "start": "?"}
    )
    assert wrong.status_code == 422
    page = text(wrong)
    for problem in ("只能单独占一段", "ISO 8601", "必填"):
        assert problem in page
    assert 'value="二车间"' in text(client.get("/silences/new/?area=二车间"))


def test_the_banner_is_everywhere_and_asks_for_little(
    signed_in: SignIn, operator: User, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(operator)
    empty = client.get("/silences/banner/?stamp=")
    stamp = text(empty).partition('name="stamp" value="')[2].partition('"')[0]
    with django_assert_max_num_queries(4):  # session, person, whether anybody administers, silences
        assert client.get(f"/silences/banner/?stamp={stamp}").status_code == 204
    made = silence(path="一车间/**")
    for path in (f"/silences/banner/?stamp={stamp}", "/alarms/", "/deliveries/", "/silences/"):
        assert "静默中：路径 一车间/**" in text(client.get(path))
    for _ in range(3):
        silence()
    assert "还有 2 个静默" in text(client.get("/silences/banner/"))
    ended = client.post(f"/silences/{made}/end/")
    assert "静默已结束" in json.loads(ended["HX-Trigger"])["toast"]["text"]
    assert "已经结束" in json.loads(client.post(f"/silences/{made}/end/")["HX-Trigger"])["toast"]["text"]
    assert client.post("/silences/999/end/").status_code == 404
    assert "提前结束</small>" in text(client.get("/silences/"))


def test_a_session_that_ended_does_not_lead_away_from_a_form() -> None:
    answer = Client().get("/silences/banner/", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert "HX-Redirect" not in answer


def test_past_silences_come_a_page_at_a_time(signed_in: SignIn, viewer: User) -> None:
    for number in range(35):
        Silence.objects.create(
            reason=f"第 {number} 次", start_us=SECOND, until_us=2 * SECOND, created_us=SECOND, created_by="张师傅"
        )
    client = signed_in(viewer)
    first = client.get("/silences/")
    assert text(first).count("第 ") == 30
    following = text(first).partition("?before=")[2].partition('"')[0]
    assert text(client.get(f"/silences/?before={following}")).count("第 ") == 5
    stamp = first.context["stamp"]
    assert client.get(f"/silences/part/?stamp={stamp}").status_code == 204
    assert client.get("/silences/?before=x").status_code == 200
