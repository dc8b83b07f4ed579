"""The quota over REST."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dingbell.delivery import months, quota
from dingbell.delivery.models import QuotaState, Usage
from dingbell.notify.models import Service
from dingbell.storage.times import now_us
from dingbell.users.models import AuditEntry
from tests.api.conftest import SERVICE, Caller, WithScopes


def spent(service: Service, calls: int, months_ago: int = 0, credential: str = "") -> None:
    month = months.earlier_month(months.month_of(now_us(), quota.zone()), months_ago)
    robot = service.robots.get()
    Usage.objects.create(
        pool="webhook", organisation="", day=month * 100 + 1, credential=credential or robot.budget_key,
        service_id=service.id, calls=calls,
    )  # fmt: skip


@pytest.fixture
def service(api: Caller) -> Service:
    return Service.objects.get(id=api.post("services", SERVICE).body["id"])


def test_how_much_is_used_and_where(api: Caller, with_scopes: WithScopes, service: Service) -> None:
    spent(service, 2_950)
    spent(service, 700, months_ago=1)
    spent(service, 40, credential="r:gone")
    reader = with_scopes("config:read")
    listed = reader.get("quota").body
    assert [
        (one["pool"], one["used"], one["limit"], one["left"], one["mode"], one["cause"]) for one in listed["items"]
    ] == [
        ("webhook", 2_990, 3_000, 10, "critical", "nearly_used"),
        ("api", 0, 5_000, 5_000, "normal", "plenty"),
    ]
    first = reader.get("quota", limit="1").body
    assert reader.get("quota", cursor=first["next"]).body == {"items": listed["items"][1:], "next": None}
    one = reader.get("quota/webhook").body
    assert one["days"] == [{"day": f"{one['month']}-01", "calls": 2_990}]
    assert [month["calls"] for month in one["months"]] == [2_990, 700]
    assert reader.get("quota/webhook", month=one["months"][1]["month"]).body["days"][0]["calls"] == 700
    busiest = reader.get("quota/webhook/receivers", limit="1").body
    assert busiest["items"] == [
        {"receiver": "一车间值班群", "service": "一车间钉钉", "service_id": service.id, "calls": 2_950}
    ]
    (gone,) = reader.get("quota/webhook/receivers", cursor=busiest["next"]).body["items"]
    assert (gone["receiver"], gone["calls"]) == ("", 40)


def test_a_mode_is_chosen_and_a_stop_reset(api: Caller, with_scopes: WithScopes, service: Service) -> None:
    engineer = with_scopes("config:write")
    chosen = engineer.patch("quota/api", {"mode": "merge"}).body
    assert (chosen["mode"], chosen["cause"], chosen["chosen"]["by"]) == ("merge", "chosen", "config:write")
    assert engineer.patch("quota/api", {"mode": "automatic"}).body["chosen"] is None
    assert engineer.post("quota/api/reset").errors == {"": "钉钉没有停用它。"}
    QuotaState.objects.update(stopped_us=now_us(), stopped_reason="api_quota_exhausted")
    stopped = api.get("quota/api").body
    assert stopped["mode"] == "stopped"
    assert stopped["stopped"]["text"].startswith("企业本月的钉钉 API 调用量已用完")
    assert engineer.post("quota/api/reset").body["stopped"] is None
    found = AuditEntry.objects.filter(kind="quota").order_by("id").values_list("name", "before__mode", "after__mode")
    assert list(found)[:2] == [("个人消息", "automatic", "merge"), ("个人消息", "merge", "automatic")]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("quota/mail", {}, 404),
        ("quota/api", {"organisation": "没有的企业"}, 404),
        ("quota/api", {"month": "2026-13"}, 422),
        ("quota/api/receivers", {"cursor": "x"}, 422),
    ],
)
def test_what_there_is_not(api: Caller, path: str, query: dict[str, Any], status: int) -> None:
    assert api.get(path, **query).status == status


def test_what_cannot_be_chosen(api: Caller, with_scopes: WithScopes) -> None:
    refused = api.patch("quota/api", {"mode": "faster"})
    assert (refused.status, list(refused.errors)) == (422, ["mode"])
    assert with_scopes("config:read").patch("quota/api", {"mode": "merge"}).status == 403


def test_prometheus_sees_it(client: Client, service: Service) -> None:
    spent(service, 2_900)
    said = client.get("/metrics").content.decode()
    assert 'dingbell_quota_used{organisation="",pool="webhook"} 2900.0' in said
    assert 'dingbell_quota_limit{organisation="",pool="webhook"} 3000.0' in said
    assert 'dingbell_quota_left{organisation="",pool="webhook"} 100.0' in said
