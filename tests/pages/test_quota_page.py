"""额度: how it stands, where it went, choosing the mode, ending a stop, and the banner everywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dingbell.delivery import months, quota
from dingbell.delivery.models import QuotaState, Usage
from dingbell.notify.models import Robot, Service
from dingbell.storage.times import now_us
from dingbell.users.models import AuditEntry, User

SignedIn = Callable[[User], Client]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("admin")]


def this_month(back: int = 0) -> int:
    return months.earlier_month(months.month_of(now_us(), quota.zone()), back)


@pytest.fixture
def service(db: None) -> Service:
    made = Service.objects.create(name="总厂钉钉", type="dingtalk", client_id="dingclient")
    for number in range(10):
        Robot.objects.create(service=made, alias=f"{number} 号群", url="https://x", token="", budget_key=f"r:{number}")
        Usage.objects.create(
            pool="webhook", organisation="", day=this_month() * 100 + 1, credential=f"r:{number}",
            service_id=made.id, calls=100 + number,
        )  # fmt: skip
    return made


def test_a_viewer_sees_how_it_stands_and_can_change_nothing(
    viewer: User, signed_in: SignedIn, service: Service
) -> None:
    last = this_month(1)
    Usage.objects.create(
        pool="webhook", organisation="", day=last * 100 + 3, credential="r:gone", service_id=service.id, calls=777
    )
    page = signed_in(viewer)
    said = page.get("/quota/").content.decode()
    for words in ("1,045", "/ 3,000 次", "还剩 1,955 次", "额度充足", "9 号群", "看全部接收者"):
        assert words in said
    assert "0 号群" not in said
    assert "发送方式" not in said
    assert "0 号群" in page.get("/quota/?everyone=1").content.decode()
    past = page.get(f"/quota/?month={last // 100}-{last % 100:02}").content.decode()
    assert "777" in past
    assert "已删除的机器人" in past
    assert "还剩" not in past
    assert page.get("/quota/?month=2026-99").status_code == 200
    assert page.post("/quota/webhook/mode/", {"mode": "merge"}).status_code == 403
    assert page.post("/quota/webhook/reset/").status_code == 403


def test_an_engineer_chooses_a_mode_and_every_page_says_so(
    engineer: User, signed_in: SignedIn, service: Service, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    page = signed_in(engineer)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        chosen = page.post("/quota/webhook/mode/", {"organisation": "", "mode": "critical"}, follow=True)
    assert "现在：只发紧急。" in chosen.content.decode()
    assert "由人选定，到本月底为止。" in chosen.content.decode()
    banner = page.get("/quota/banner/").content.decode()
    assert "群机器人只发紧急" in banner
    assert "群机器人只发紧急" in page.get("/silences/").content.decode()
    stamp = banner.split('name="stamp" value="')[1].split('"')[0]
    assert page.get(f"/quota/banner/?stamp={stamp}").status_code == 204
    assert Client().get("/quota/banner/").status_code == 204
    assert AuditEntry.objects.get(kind="quota").after == {"mode": "critical", "stopped_at": None}
    assert page.post("/quota/mail/mode/", {"mode": "merge"}).status_code == 404
    refused = page.post("/quota/webhook/mode/", {"mode": "faster"}, follow=True)
    assert "没有这样的方式：faster" in refused.content.decode()


def test_a_stop_says_since_when_and_is_ended_by_hand(engineer: User, signed_in: SignedIn, service: Service) -> None:
    QuotaState.objects.create(
        organisation="", pool="webhook", stopped_us=now_us(), stopped_reason="webhook_quota_exhausted"
    )
    page = signed_in(engineer)
    assert "答复本月的额度已用完，到" in page.get("/quota/").content.decode()
    assert "恢复发送，等候的消息一分钟内开始发出。" in page.post("/quota/webhook/reset/", follow=True).content.decode()
    assert "答复本月的额度已用完，到" not in page.get("/quota/").content.decode()
    assert "钉钉没有停用它。" in page.post("/quota/webhook/reset/", follow=True).content.decode()
