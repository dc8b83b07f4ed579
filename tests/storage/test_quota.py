"""Calls are counted once and in their month; a refusal for the quota stops the pool until it turns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from dingbell.channels.base import Result, Verdict
from dingbell.delivery import quota
from dingbell.delivery.mode import Cause, Mode
from dingbell.delivery.models import QuotaState, Usage
from dingbell.notify.models import Service
from dingbell.storage.times import DAY, HOUR, SECOND, from_iso

NOON = from_iso("2026-11-22T12:00:00", quota.zone())
FIRST = from_iso("2026-12-01T00:00:00", quota.zone())
TAKEN = Result(Verdict.SENT, "ok", http_status=200, code="0")
USED_UP = Result(Verdict.QUOTA, "webhook_quota_exhausted", http_status=200, code="90030")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    quota.forget()
    yield
    quota.forget()


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
    assert quota.sparing("r:one", here, NOON).mode is Mode.NORMAL
    _note("r:one", here, USED_UP)
    assert quota.sparing("r:two", here, NOON).mode is Mode.STOPPED
    assert quota.sparing("a:app", here, NOON).mode is Mode.NORMAL
    assert quota.sparing("r:one", there, NOON).mode is Mode.NORMAL
    assert quota.sparing("x:mail", here, NOON).mode is Mode.NORMAL
    assert quota.sparing("r:two", here, FIRST - SECOND).mode is Mode.STOPPED
    assert quota.sparing("r:two", here, FIRST + 2 * SECOND).mode is Mode.NORMAL


def test_a_stop_on_the_first_day_is_tried_again_in_an_hour() -> None:
    """This clock may have turned the month before DingTalk's."""
    service = _service()
    _note("r:one", service, USED_UP, at_us=FIRST)
    assert quota.sparing("r:one", service, FIRST + HOUR - 1).mode is Mode.STOPPED
    assert quota.sparing("r:one", service, FIRST + HOUR + DAY).mode is Mode.NORMAL


def test_what_is_used_makes_messages_merge_and_then_only_critical_ones_go() -> None:
    service = _service()
    Usage.objects.create(pool="webhook", organisation="", day=20261121, credential="r:one", service_id=service, calls=1)
    for used, mode in ((2_699, Mode.NORMAL), (2_700, Mode.MERGE), (2_910, Mode.CRITICAL), (3_500, Mode.CRITICAL)):
        Usage.objects.update(calls=used, day=20261101)
        quota.forget()
        assert quota.sparing("r:one", service, NOON).mode is mode
    assert quota.sparing("r:one", service, FIRST).mode is Mode.NORMAL


def test_what_a_person_chose_lasts_for_its_month() -> None:
    service = _service()
    QuotaState.objects.create(organisation="", pool="webhook", chosen="critical", chosen_by="李工", chosen_us=NOON)
    assert quota.sparing("r:one", service, NOON).mode is Mode.CRITICAL
    (webhook,) = (one for one in quota.accounts(NOON) if one.pool is quota.Pool.WEBHOOK)
    assert (webhook.standing.cause, webhook.chosen_by) == (Cause.CHOSEN, "李工")
    assert quota.sparing("r:one", service, FIRST).mode is Mode.NORMAL


def test_an_answer_is_remembered_for_two_seconds() -> None:
    service = _service()
    assert quota.sparing("r:one", service, NOON).mode is Mode.NORMAL
    QuotaState.objects.create(organisation="", pool="webhook", chosen="merge", chosen_us=NOON)  # by another process
    assert quota.sparing("r:one", service, NOON + SECOND).mode is Mode.NORMAL
    assert quota.sparing("r:one", service, NOON + 2 * SECOND).mode is Mode.MERGE
