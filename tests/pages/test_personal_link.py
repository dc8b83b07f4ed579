"""The page behind a personal link: whoever holds it acts as one person on one alarm, until its end; nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from msgspec.structs import replace

from dingbell.alarms import store
from dingbell.alarms.alarm import AckMode, Alarm
from dingbell.alarms.models import AlarmRow, Event
from dingbell.notify.messages import personal_links
from dingbell.notify.messages.personal_links import PersonalLink
from dingbell.notify.models import Account, Presence, Service
from dingbell.pipeline.engine import Engine, from_settings
from dingbell.storage.times import HOUR, now_us
from dingbell.users.models import User

ALARM = Alarm(id=12, source="plc-1", key="a", name="3号泵压力超高", active=True, acked=False, occurrences=3, order_us=1)


@pytest.fixture
def account(transactional_db: None, admin: User) -> Account:
    store.insert([ALARM, replace(ALARM, id=13, key="b")])
    service = Service.objects.create(name="值班", type="dingtalk")
    return Account.objects.create(id=7, service=service, user_id="u7", name="张三")


@pytest.fixture
def engine(account: Account) -> Iterator[Engine]:
    running: Engine = from_settings(delivers=False)
    running.start()
    yield running
    running.stop()


def address(**changes: int) -> str:
    link = {"alarm_id": 12, "account_id": 7, "occurrence": 3, "until_us": now_us() + HOUR} | changes
    return personal_links.path(PersonalLink(**link))


def alarm(id_: int = 12) -> AlarmRow:
    return AlarmRow.objects.get(id=id_)


@pytest.mark.usefixtures("engine")
def test_looking_does_nothing_and_pressing_acknowledges_as_that_person() -> None:
    stranger, link = Client(), address()
    page = stranger.get(link)
    text = page.content.decode()
    assert page.status_code == 200
    assert "3号泵压力超高" in text
    assert "以“张三”的身份操作" in text
    assert page["Cache-Control"].count("no-store") == 1
    assert not Event.objects.exists()
    done = stranger.post(link, {"acknowledge": "1", "note": " 去看看 "}, follow=True)
    assert "已确认 1 条报警。" in done.content.decode()
    assert (alarm().acked_by, alarm().ack_note) == ("张三（钉钉链接）", "去看看")
    again = stranger.post(link, {"acknowledge": "1"}, follow=True).content.decode()
    assert "张三（钉钉链接） 已经先确认了。" in again
    assert 'name="acknowledge"' not in again
    assert Event.objects.count() == 1
    assert not alarm(13).acked


@pytest.mark.usefixtures("engine")
def test_it_shelves_for_the_offered_lengths_only() -> None:
    stranger, link = Client(), address()
    before = now_us()
    assert "已搁置 1 条报警" in stranger.post(link, {"shelve": "120"}, follow=True).content.decode()
    assert before + 2 * HOUR <= (alarm().shelved_until_us or 0) <= now_us() + 2 * HOUR
    assert stranger.post(link, {"shelve": "999999"}).status_code == 400
    assert stranger.post(link, {"unshelve": "1"}).status_code == 400
    assert alarm().shelved_by == "张三（钉钉链接）"


@pytest.mark.usefixtures("engine")
def test_after_the_alarm_came_again_it_only_says_so() -> None:
    store.update([(ALARM, replace(ALARM, occurrences=4))])
    stranger, link = Client(), address()
    for text in (
        stranger.get(link).content.decode(),
        stranger.post(link, {"acknowledge": "1"}, follow=True).content.decode(),
    ):
        assert "报警在这条消息之后又发生了一次" in text
        assert 'href="/alarms/12/"' in text
        assert "<textarea" not in text
    stranger.post(link, {"shelve": "30"})
    assert (alarm().acked, alarm().shelved_until_us) == (False, None)


@pytest.mark.usefixtures("engine")
def test_a_note_that_the_alarm_wants_is_wanted_here_too() -> None:
    store.update([(ALARM, replace(ALARM, ack_mode=AckMode.MANUAL_NOTE))])
    stranger, link = Client(), address()
    assert "需要填写确认备注" in stranger.post(link, {"acknowledge": "1"}, follow=True).content.decode()
    assert not alarm().acked


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("link", "status"),
    [
        (lambda: address(until_us=now_us()), 410),
        (lambda: address(account_id=8), 410),
        (lambda: address(alarm_id=99), 410),
        (lambda: address().replace("12-7", "13-7"), 404),
        (lambda: address()[:-3] + "/", 404),
        (lambda: "/a/x/", 404),
    ],
)
def test_a_link_that_is_over_forged_or_of_nobody(link: Callable[[], str], status: int) -> None:
    stranger, over = Client(), link()
    for page in (stranger.get(over), stranger.post(over, {"acknowledge": "1"})):
        assert page.status_code == status
        assert "登录后查看" in page.content.decode()
        assert "3号泵" not in page.content.decode()
    assert not alarm().acked


@pytest.mark.usefixtures("account")
def test_who_left_the_company_presses_nothing() -> None:
    Account.objects.update(presence=Presence.GONE)
    assert Client().get(address()).status_code == 410


@pytest.mark.usefixtures("engine")
def test_another_site_cannot_press_it() -> None:
    stranger, link = Client(enforce_csrf_checks=True), address()
    assert stranger.post(link, {"acknowledge": "1"}).status_code == 403
    assert not alarm().acked
    page = stranger.get(link).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    assert stranger.post(link, {"acknowledge": "1", "csrfmiddlewaretoken": token[1]}).status_code == 302
    assert alarm().acked


@pytest.mark.usefixtures("account")
def test_it_opens_nothing_else() -> None:
    stranger = Client()
    stranger.get(address())
    for path in ("/alarms/", "/alarms/12/", "/alarms/12/part/", "/shelved/"):
        assert stranger.get(path).status_code == 302
    assert stranger.post("/alarms/12/acknowledge/", {"seen": "12.3"}).status_code == 302
    assert not alarm().acked
