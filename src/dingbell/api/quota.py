"""`/api/v1/quota`: what the organisation's month at DingTalk holds, where it went, and how sparingly is sent."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Field, Query, Router, Schema

from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.channels.dingtalk.errors import hint
from dingbell.delivery import months, quota, quota_choices, usage
from dingbell.delivery.quota import Account
from dingbell.storage.times import iso, now_us
from dingbell.users.roles import Scope

router = Router(tags=["quota"])
_READ, _WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE


class ChoiceAnswer(msgspec.Struct, kw_only=True):
    """It lasts until the month turns."""

    mode: str
    by: str
    at: str | None


class StopAnswer(msgspec.Struct, kw_only=True):
    """DingTalk refused for the quota: nothing goes before `until`, or until somebody resets it."""

    at: str | None
    until: str | None
    reason: str
    text: str


class QuotaAnswer(msgspec.Struct, kw_only=True):
    """One pool of one organisation this month, in HTTP calls. `limit` 0 is not counted against; then `left` is null.

    `pool` is `webhook` (group robots) or `api` (persons). `mode` is normal, merge, critical or stopped; `cause` is
    plenty, uncounted, forecast, nearly_used, chosen or refused. `forecast`: calls by the end of the month.
    """

    organisation: str
    pool: str
    used: int
    limit: int
    left: int | None
    forecast: int | None
    mode: str
    cause: str
    chosen: ChoiceAnswer | None
    stopped: StopAnswer | None


class QuotaDayAnswer(msgspec.Struct, kw_only=True):
    day: str
    calls: int


class MonthAnswer(msgspec.Struct, kw_only=True):
    month: str
    calls: int


class QuotaRecord(QuotaAnswer, kw_only=True):
    """`days` of the asked month on which there were calls; `months` with calls, the newest first, at most 12."""

    month: str
    days: list[QuotaDayAnswer]
    months: list[MonthAnswer]


class UseAnswer(msgspec.Struct, kw_only=True):
    """`receiver` is the robot's alias or the app's ClientId, `service` the name; both "" where they are gone."""

    receiver: str
    service: str
    service_id: int
    calls: int


class ModeInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`automatic`, `normal`, `merge`, `critical` or `stopped`."""

    mode: str


class QuotaQuery(Schema):
    """`organisation`: as the services name it, nothing for those that name none."""

    organisation: str = ""


class MonthQuery(QuotaQuery):
    month: str | None = Field(None, pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$", description="2026-11")


@router.get("", **operation(_READ, "额度", pages=QuotaAnswer))
def list_quota(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """Both pools of each organisation that the services name."""
    skip = (after(cursor) or (0,))[0]
    found = list(enumerate(quota.accounts(now_us()), start=1))[max(0, skip) :]
    return page(found[: limit + 1], limit, lambda one: [one[0]], lambda one: describe(one[1]))


@router.get("/{pool}", **operation(_READ, "一项额度", answer=QuotaRecord))
def get_quota(request: ApiRequest, pool: str, query: Query[MonthQuery]) -> HttpResponse:
    """With the days of `month` (2026-11, this one if left out) and the months before this one."""
    now = now_us()
    account = quota_choices.find(query.organisation, pool, now)
    month = _month(query.month, now)
    days = usage.by_day(account.organisation, account.pool, month)
    past = usage.by_month(account.organisation, account.pool, months.month_of(now, quota.zone()))
    return answer(
        QuotaRecord(
            **msgspec.structs.asdict(describe(account)),
            month=_month_name(month),
            days=[QuotaDayAnswer(day=months.as_date(day).isoformat(), calls=calls) for day, calls in days.items()],
            months=[MonthAnswer(month=_month_name(one), calls=calls) for one, calls in past],
        )
    )


@router.get("/{pool}/receivers", **operation(_READ, "额度用在哪里", pages=UseAnswer))
def list_use(
    request: ApiRequest, pool: str, query: Query[MonthQuery], limit: Limit = USUAL_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Calls of each robot or app in `month` (2026-11, this one if left out), the busiest first."""
    now = now_us()
    account = quota_choices.find(query.organisation, pool, now)
    skip = max(0, (after(cursor) or (0,))[0])
    found = usage.by_receiver(account.organisation, account.pool, _month(query.month, now), limit + 1, skip)
    numbered = list(enumerate(found, start=skip + 1))
    return page(numbered, limit, lambda one: [one[0]], lambda one: _use(one[1]))


@router.patch(
    "/{pool}",
    **operation(_WRITE, "选择发送方式", body=ModeInput, example={"mode": "merge"}, answer=QuotaAnswer),
)
def choose_mode(request: ApiRequest, pool: str, query: Query[QuotaQuery]) -> HttpResponse:
    """Until the month turns; `automatic` gives it back. What DingTalk stopped stays stopped until it is reset."""
    wanted = read(request, ModeInput)
    return answer(describe(quota_choices.choose(query.organisation, pool, wanted.mode, request.auth.name, now_us())))


@router.post("/{pool}/reset", **operation(_WRITE, "恢复发送", answer=QuotaAnswer))
def reset_stop(request: ApiRequest, pool: str, query: Query[QuotaQuery]) -> HttpResponse:
    """Send again although DingTalk refused for the quota. 409 when it did not."""
    return answer(describe(quota_choices.reset(query.organisation, pool, now_us())))


def describe(account: Account) -> QuotaAnswer:
    zone = quota.zone()
    return QuotaAnswer(
        organisation=account.organisation,
        pool=account.pool.value,
        used=account.used,
        limit=account.limit,
        left=max(0, account.limit - account.used) if account.limit else None,
        forecast=account.forecast,
        mode=account.standing.mode.value,
        cause=account.standing.cause.value,
        chosen=ChoiceAnswer(mode=account.chosen.value, by=account.chosen_by, at=iso(account.chosen_us, zone))
        if account.chosen
        else None,
        stopped=StopAnswer(
            at=iso(account.stopped_us, zone),
            until=iso(account.stop_ends_us, zone),
            reason=account.stopped_reason,
            text=hint(account.stopped_reason, get_language() or "zh-hans"),
        )
        if account.stopped_us
        else None,
    )


def _use(one: usage.Use) -> UseAnswer:
    return UseAnswer(receiver=one.receiver, service=one.service, service_id=one.service_id, calls=one.calls)


def _month(given: str | None, now_us: int) -> int:
    return int(given.replace("-", "")) if given else months.month_of(now_us, quota.zone())


def _month_name(month: int) -> str:
    return f"{month // 100}-{month % 100:02}"
