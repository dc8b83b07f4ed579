"""What stands behind the alarm and delivery pages, without a browser: words, addresses, refusals, numbers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.utils import translation

from dingbell.alarms import standing, store
from dingbell.alarms.alarm import Alarm, Priority, State, Value
from dingbell.delivery import failures, records
from dingbell.delivery.models import Delivery
from dingbell.delivery.records import Wanted
from dingbell.storage.times import DAY, HOUR, MINUTE, SECOND
from dingbell.users.models import User
from dingbell.web.alarms.acts import Seen, seen
from dingbell.web.alarms.asked import asked
from dingbell.web.alarms.showing import quantity
from dingbell.web.deliveries.asked import asked as asked_deliveries
from dingbell.web.spans import running, span

NOW = 1_800_000_000 * SECOND
SignIn = Callable[[User], Client]


@pytest.mark.parametrize(
    ("us", "exact", "still"),
    [
        (42 * SECOND, "42 秒", "不到 1 分钟"),
        (12 * MINUTE + 30 * SECOND, "12 分 30 秒", "12 分钟"),
        (3 * HOUR + 5 * MINUTE, "3 小时 5 分", "3 小时 5 分"),
        (2 * DAY + 4 * HOUR, "2 天 4 小时", "2 天 4 小时"),
        (-SECOND, "0 秒", "不到 1 分钟"),
    ],
)
def test_how_long_it_lasted(us: int, exact: str, still: str) -> None:
    assert span(us) == exact
    assert running(us) == still


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12.4, "bar", "12.4 bar"),
        (10.0, "bar", "10 bar"),
        (True, "", "是"),
        (None, "bar", ""),
        ("缺 B 相", "", "缺 B 相"),
    ],
)
def test_a_quantity_as_people_write_it(value: Value, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


def test_an_address_of_alarms_goes_there_and_back() -> None:
    wish = asked(
        RequestFactory().get("/alarms/?show=all&level=high&level=critical&state=cleared_unacked&source=a&q=泵")
    )
    assert wish.levels == (Priority.CRITICAL, Priority.HIGH)
    assert wish.wanted.states == {State.CLEARED_UNACKED}
    again = asked(RequestFactory().get("/alarms/" + wish.query(after=Alarm(id=7, source="", key="", order_us=99))))
    assert again.after is not None
    assert (again.after.order_us, again.after.id) == (99, 7)
    assert again.first == wish.query()


@pytest.mark.parametrize(
    "query", ["level=x&state=x&after=x", "q=%00%ed%a0%80", "after=1.2.3", "state=active_unacked%00"]
)
def test_an_address_that_was_cut_or_mistyped_still_opens(query: str) -> None:
    wish = asked(RequestFactory().get(f"/alarms/?{query}"))
    assert not wish.is_narrowed or wish.text
    assert wish.after is None
    request = RequestFactory().get("/deliveries/?state=x&service=x&rule=-1&range=x&since=x&before=99999999999999999999")
    assert asked_deliveries(request).query() == ""


def test_only_the_custom_range_reads_its_fields() -> None:
    def since(query: str) -> int | None:
        return asked_deliveries(RequestFactory().get(f"/deliveries/?{query}")).wanted(NOW).since_us

    assert since("range=7d&since=2026-11-22T08:00") == NOW - 7 * DAY
    assert since("range=custom&since=2026-11-22T08:00%2B08:00") == 1_795_305_600 * SECOND
    assert since("range=custom&since=yesterday") is None


def test_what_was_seen_is_an_alarm_and_an_occurrence() -> None:
    given = QueryDict("seen=12.3&seen=x&seen=7&seen=-1.2&seen=9.1").getlist("seen")
    assert seen(given) == [Seen(12, 3), Seen(9, 1)]


@pytest.mark.usefixtures("admin")
def test_nothing_can_be_stored_and_the_note_is_kept(operator: User, signed_in: SignIn) -> None:
    store.insert([_alarm(1)])  # and no engine runs in this process
    client = signed_in(operator)
    answer = client.post("/alarms/acknowledge/", {"seen": "1.1", "note": "我的备注"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "没有写入：数据暂时写不进去，请稍后再试。" in text
    assert "我的备注" in text
    page = client.post("/alarms/1/acknowledge/", {"seen": "1.1"}, follow=True)
    assert "没有写入：数据暂时写不进去" in page.content.decode()


@pytest.mark.usefixtures("admin")
def test_a_test_alarm_that_cannot_be_stored_says_so(engineer: User, signed_in: SignIn) -> None:
    wish = {"name": "测试报警", "level": "high", "path": "", "area": ""}
    answer = signed_in(engineer).post("/alarms/test/", wish)
    assert answer.status_code == 422
    assert "没有发出：数据暂时写不进去" in answer.content.decode()
    refused = signed_in(engineer).post("/alarms/test/", wish | {"name": ""})
    assert refused.status_code == 422


@pytest.mark.usefixtures("admin")
def test_who_may_press_what(operator: User, viewer: User, signed_in: SignIn) -> None:
    store.insert([_alarm(1)])
    assert signed_in(viewer).post("/alarms/acknowledge/", {"seen": "1.1"}).status_code == 403
    assert signed_in(viewer).post("/alarms/1/acknowledge/", {"seen": "1.1"}).status_code == 403
    assert signed_in(operator).get("/alarms/test/").status_code == 403
    assert signed_in(operator).post("/alarms/test/1/clear/").status_code == 403
    assert signed_in(operator).get("/alarms/acknowledge/?seen=1.1").status_code == 200


@pytest.mark.usefixtures("admin")
def test_only_a_test_alarm_is_cleared_by_hand(engineer: User, signed_in: SignIn) -> None:
    store.insert([_alarm(1)])
    assert signed_in(engineer).post("/alarms/test/1/clear/").status_code == 404


@pytest.mark.usefixtures("admin")
def test_the_list_is_drawn_again_only_after_something_happened(viewer: User, signed_in: SignIn) -> None:
    store.insert([_alarm(1)])
    client = signed_in(viewer)
    for part in ("/alarms/part/", "/alarms/1/part/", "/deliveries/part/"):
        stamp = client.get(part).context["stamp"]
        assert client.get(f"{part}?stamp={stamp}").status_code == 204
    stamp = client.get("/alarms/part/").context["stamp"]
    store.append([(1, 1, "raised", NOW, NOW, "active_unacked", False, "", "", 1, store.snapshot(_alarm(1)))])
    assert client.get(f"/alarms/part/?stamp={stamp}").status_code == 200
    with translation.override("en"):
        assert client.get("/alarms/").status_code == 200


@pytest.mark.django_db
def test_how_many_stand_at_each_level() -> None:
    store.insert([_alarm(1), _alarm(2, acked=True), _alarm(3, active=False, acked=True), _alarm(4, active=False)])
    counts = standing.counts()
    assert list(counts) == [Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW]
    assert (counts[Priority.HIGH].total, counts[Priority.HIGH].unacked) == (3, 2)
    assert counts[Priority.LOW].total == 0
    assert standing.lately().areas == ["一车间"]


@pytest.mark.django_db
def test_deliveries_of_a_time_and_how_many_failed_in_it() -> None:
    Delivery.objects.bulk_create([_delivery(number) for number in range(1, 3_001)])
    found = records.page(Wanted(since_us=NOW + 2_990 * MINUTE), 100, NOW)
    assert [record.delivery.id for record in found.records] == list(range(3_000, 2_989, -1))
    assert records.page(Wanted(since_us=NOW + 9_000 * MINUTE), 100, NOW).records == []
    assert len(records.page(Wanted(since_us=NOW), 5_000, NOW).records) == 3_000
    assert failures.unhandled(most=100) == 100
    Delivery.objects.filter(id__gt=5).update(handled=True)
    assert failures.unhandled(most=100) == 3


def _alarm(number: int, *, active: bool = True, acked: bool = False) -> Alarm:
    return Alarm(
        id=number, source="plc-1", key=f"key-{number}", priority=Priority.HIGH, area="一车间",
        active=active, acked=acked, raised_us=NOW, cleared_us=None if active else NOW, order_us=NOW, occurrences=1,
    )  # fmt: skip


def _delivery(number: int) -> Delivery:
    at = NOW + number * MINUTE
    return Delivery(
        id=number, event_id=1, alarm_id=1, rule_id=1, block=0, service_id=1, robot_id=1, receiver_name="值班群",
        lane="r:1", state="failed" if number % 2 else "sent", reason="", due_us=at, created_us=at, send_id="",
    )  # fmt: skip
