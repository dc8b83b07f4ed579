"""Calls are counted once and in their month; a refusal for the quota stops the pool until it turns."""

from __future__ import annotations

import pytest
from django.db import transaction

from dingbell.channels.base import Message, Result, Verdict
from dingbell.delivery import quota, quota_choices, quota_news
from dingbell.delivery.mode import Cause, Mode
from dingbell.delivery.models import QuotaState, Usage
from dingbell.delivery.quota import Pool
from dingbell.delivery.quota_news import Told, news
from dingbell.notify.models import Service
from dingbell.notify.refusals import InUse, Invalid, Missing
from dingbell.pipeline.quota_warnings import QuotaWarnings
from dingbell.pipeline.system_notices import SystemNotices
from dingbell.storage.times import DAY, HOUR, SECOND, from_iso
from dingbell.storage.writer import Writer
from dingbell.users.models import AuditEntry

NOON = from_iso("2026-11-22T12:00:00", quota.zone())
FIRST = from_iso("2026-12-01T00:00:00", quota.zone())
TAKEN = Result(Verdict.SENT, "ok", http_status=200, code="0")
USED_UP = Result(Verdict.QUOTA, "webhook_quota_exhausted", http_status=200, code="90030")

pytestmark = pytest.mark.django_db(transaction=True)


def _service(organisation: str = "") -> int:
    made = Service.objects.create(name=f"钉钉 {organisation}", type="dingtalk", organisation=organisation)
    return int(made.id)


def _note(credential: str, service_id: int, result: Result, at_us: int = NOON, times: int = 1) -> None:
    with transaction.atomic():
        for _ in range(times):
            quota.note(credential, service_id, result, at_us)


def test_each_call_is_counted_by_day_credential_and_service() -> None:
    here, there = _service(), _service("二厂")
    _note("r:one", here, TAKEN, times=3)
    _note("r:one", there, TAKEN)
    _note("a:app", here, TAKEN)
    _note("r:one", here, TAKEN, at_us=NOON + 12 * HOUR)  # the next local day
    _note("x:mail", here, TAKEN)
    found = set(Usage.objects.values_list("organisation", "pool", "day", "credential", "service_id", "calls"))
    assert found == {
        ("", "webhook", 20261122, "r:one", here, 3),
        ("二厂", "webhook", 20261122, "r:one", there, 1),
        ("", "api", 20261122, "a:app", here, 1),
        ("", "webhook", 20261123, "r:one", here, 1),
    }


@pytest.mark.parametrize(
    ("result", "counted"),
    [
        (Result(Verdict.REFUSED_CONFIGURATION, "signature_mismatch", 200, "310000"), True),
        (Result(Verdict.SENT, "ok", 200, None), True),
        (Result(Verdict.UNKNOWN, "system_error", 500, "system.error"), True),
        (USED_UP, True),
        (Result(Verdict.HOLD, "robot_rate_limited", 200, "130101"), False),
        (Result(Verdict.RETRY, "app_qps_limited", 403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), False),
        (Result(Verdict.REFUSED_CONFIGURATION, "client_invalid", 400, "invalidClientIdOrSecret"), False),
        (Result(Verdict.UNKNOWN, "timeout"), False),
        (Result(Verdict.HOLD, "answer_html", 200), False),
        (Result(Verdict.RETRY, "server_error", 502), False),
    ],
)
def test_what_dingtalk_does_not_charge_is_not_counted(result: Result, counted: bool) -> None:
    assert quota.counts(result) is counted


def test_a_refusal_for_the_quota_stops_that_pool_of_that_organisation_until_the_month_turns() -> None:
    here, there = _service(), _service("二厂")
    assert quota.mode("r:one", here, NOON) is Mode.NORMAL
    _note("r:one", here, USED_UP)
    assert quota.mode("r:two", here, NOON) is Mode.STOPPED
    assert quota.mode("a:app", here, NOON) is Mode.NORMAL
    assert quota.mode("r:one", there, NOON) is Mode.NORMAL
    assert quota.mode("x:mail", here, NOON) is Mode.NORMAL
    assert quota.mode("r:two", here, FIRST - SECOND) is Mode.STOPPED
    assert quota.mode("r:two", here, FIRST + 2 * SECOND) is Mode.NORMAL


def test_a_stop_on_the_first_day_is_tried_again_in_an_hour() -> None:
    """This clock may have turned the month before DingTalk's."""
    service = _service()
    _note("r:one", service, USED_UP, at_us=FIRST)
    assert quota.mode("r:one", service, FIRST + HOUR - 1) is Mode.STOPPED
    assert quota.mode("r:one", service, FIRST + HOUR + DAY) is Mode.NORMAL


def test_what_is_used_makes_messages_merge_and_then_only_critical_ones_go() -> None:
    service = _service()
    Usage.objects.create(pool="webhook", organisation="", day=20261121, credential="r:one", service_id=service, calls=1)
    for used, mode in ((2_699, Mode.NORMAL), (2_700, Mode.MERGE), (2_910, Mode.CRITICAL), (3_500, Mode.CRITICAL)):
        Usage.objects.update(calls=used, day=20261101)
        quota.forget()
        assert quota.mode("r:one", service, NOON) is mode
    assert quota.mode("r:one", service, FIRST) is Mode.NORMAL


def test_what_a_person_chose_lasts_for_its_month() -> None:
    service = _service()
    QuotaState.objects.create(organisation="", pool="webhook", chosen="critical", chosen_by="李工", chosen_us=NOON)
    assert quota.mode("r:one", service, NOON) is Mode.CRITICAL
    (webhook,) = (one for one in quota.accounts(NOON) if one.pool is Pool.WEBHOOK)
    assert (webhook.standing.cause, webhook.chosen_by) == (Cause.CHOSEN, "李工")
    assert quota.mode("r:one", service, FIRST) is Mode.NORMAL


def test_an_answer_is_remembered_for_two_seconds() -> None:
    service = _service()
    assert quota.mode("r:one", service, NOON) is Mode.NORMAL
    QuotaState.objects.create(organisation="", pool="webhook", chosen="merge", chosen_us=NOON)  # by another process
    assert quota.mode("r:one", service, NOON + SECOND) is Mode.NORMAL
    assert quota.mode("r:one", service, NOON + 2 * SECOND) is Mode.MERGE


def test_of_two_processes_one_tells_each_step_of_a_month() -> None:
    service = _service()
    used = Usage.objects.create(
        pool="webhook", organisation="", day=20261122, credential="r:one", service_id=service, calls=2_100
    )

    def steps() -> list[tuple[int, bool, bool]]:
        """What is new, and whether it was this one's to tell; a second process saw the same."""
        told, month = quota_news.told(), 202611
        found = (news(one, told.get((one.organisation, one.pool), Told()), month) for one in quota.accounts(NOON))
        seen = [one for one in found if one is not None]
        with transaction.atomic():
            mine = quota_news.remember(seen)
            others = quota_news.remember(seen)
        assert not any(others)
        return [(one.percent, one.mode_changed, own) for one, own in zip(seen, mine, strict=True)]

    assert steps() == [(70, False, True)]
    assert steps() == []
    used.calls = 2_950
    used.save()
    assert steps() == [(90, True, True)]
    used.calls = 3_000
    used.save()
    assert steps() == [(100, False, True)]
    assert steps() == []


def test_what_people_decide_is_kept_and_stands_in_the_audit() -> None:
    service = _service("二厂")
    _note("r:one", service, USED_UP)
    assert quota_choices.choose("二厂", "webhook", "merge", "李工", NOON).standing.cause is Cause.REFUSED
    assert quota.mode("r:one", service, NOON) is Mode.STOPPED
    assert quota_choices.reset("二厂", "webhook", NOON).standing.mode is Mode.MERGE
    assert quota.mode("r:one", service, NOON) is Mode.MERGE
    assert quota_choices.choose("二厂", "webhook", "automatic", "李工", NOON).standing.mode is Mode.NORMAL
    entries = AuditEntry.objects.order_by("id").values_list("name", "before__mode", "after__mode", "after__stopped_at")
    assert list(entries) == [
        ("二厂 · 群机器人", "automatic", "merge", "2026-11-22T12:00:00+08:00"),
        ("二厂 · 群机器人", "merge", "merge", None),
        ("二厂 · 群机器人", "merge", "automatic", None),
    ]
    with pytest.raises(InUse):
        quota_choices.reset("二厂", "webhook", NOON)
    with pytest.raises(Invalid):
        quota_choices.choose("二厂", "webhook", "faster", "李工", NOON)
    with pytest.raises(Missing):
        quota_choices.choose("三厂", "webhook", "merge", "李工", NOON)
    webhook = quota_choices.find("二厂", "webhook", NOON)
    assert news(webhook, quota_news.told()["二厂", Pool.WEBHOOK], 202611) is None  # who did it need not be told


class _Notices(SystemNotices):
    def __init__(self) -> None:
        self.told: list[Message] = []

    def tell(self, message: Message) -> list[int]:
        self.told.append(message)
        return []


def test_the_admins_hear_of_a_stop_once_and_of_its_end(writer: Writer) -> None:
    moment = [NOON]
    notices = _Notices()
    warnings = QuotaWarnings(writer, lambda: moment[0], notices)
    warnings.tell()
    assert notices.told == []
    _note("r:one", _service("二厂"), USED_UP)
    warnings.tell()
    warnings.tell()
    (stopped,) = notices.told
    assert stopped.title == "钉钉额度用完：群机器人停止发送"
    assert "企业：二厂" in stopped.text
    assert "本月已用 1 / 3000 次（0%）。" in stopped.text
    moment[0] = FIRST
    warnings.tell()
    assert [message.title for message in notices.told[1:]] == ["钉钉额度：群机器人恢复正常发送"]
