"""`/api/v1/services/{id}/test|diagnose|health|retry`: does it work, and if not, why."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Query, Router

from dingbell.api.alarm_documents import local_iso
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.problems import not_found
from dingbell.channels.dingtalk import errors
from dingbell.delivery import health, service_health
from dingbell.delivery.health import Health
from dingbell.notify.models import Account, Service
from dingbell.notify.refusals import FieldError, Invalid
from dingbell.notify.services import diagnosing
from dingbell.notify.services.diagnosing import DiagnosisAnswer
from dingbell.pipeline import trial
from dingbell.pipeline.trial import Trial
from dingbell.storage.times import now_us, to_us
from dingbell.users.roles import Scope

router = Router(tags=["services"])
_READ, _WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE

Wait = Annotated[int, Query(ge=0, le=15, description="Seconds to wait for DingTalk's answer.")]


class TestInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One of the two: the id of a robot or of an account."""

    robot: int | None = None
    account: int | None = None


class TestAnswer(msgspec.Struct, kw_only=True):
    """`code` and `text` are DingTalk's; `explanation` says what that means and what to do.

    `state` is that of a delivery; while it is pending, `until` is when it goes on.
    """

    delivery: int
    receiver: dict[str, int | str | None]
    state: str
    done: bool
    reason: str | None
    http_status: int | None
    code: str | None
    text: str
    explanation: str
    until: str | None
    attempts: int


class ErrorAnswer(msgspec.Struct, kw_only=True):
    """`hint` says what it means and what to do."""

    at: str | None
    reason: str
    http_status: int | None
    code: str | None
    text: str
    hint: str


class HealthAnswer(msgspec.Struct, kw_only=True):
    """`condition`: unused, ok, held (DingTalk does not listen until `held_until`), failing or refused.

    Refused: its configuration has been since `refused_since`; the first message after `trial_at` is tried alone.
    """

    condition: str
    last_success_at: str | None
    last_error: ErrorAnswer | None
    held_until: str | None
    refused_since: str | None
    trial_at: str | None


class RobotHealthAnswer(HealthAnswer, kw_only=True):
    robot: int
    alias: str


class AccountHealthAnswer(HealthAnswer, kw_only=True):
    account: int
    name: str


class ServiceHealthAnswer(msgspec.Struct, kw_only=True):
    """`condition` is the worst of robots and app; `app` is null while the service sends to no accounts."""

    condition: str
    robots: list[RobotHealthAnswer]
    app: HealthAnswer | None


@router.post(
    "/{int:service_id}/test",
    **operation(_WRITE, "发送测试消息", body=TestInput, example={"robot": 1}, answer=TestAnswer),
)
def try_receiver(request: ApiRequest, service_id: int, wait: Wait = 10) -> HttpResponse:
    """Goes the way of an alarm's message: budget, keywords, @, retries. It waits for the answer, up to `wait`
    seconds; a test that is not `done` then can be looked at again.
    """
    diagnosing.find(service_id)
    given = read(request, TestInput)
    if (given.robot is None) == (given.account is None):
        raise Invalid([FieldError("", _("请给出 robot 或 account 其中之一"))])
    receiver = {"robot": given.robot} if given.robot is not None else {"account": given.account or 0}
    delivery_id = trial.begin(service_id, receiver, request.auth.name)
    return shown(trial.wait(service_id, delivery_id, wait))


@router.get("/{int:service_id}/test/{int:delivery_id}", **operation(_READ, "测试消息的结果", answer=TestAnswer))
def look_at_test(request: ApiRequest, service_id: int, delivery_id: int) -> HttpResponse:
    return shown(trial.look(service_id, delivery_id))


@router.post("/{int:service_id}/diagnose", **operation(_WRITE, "诊断通知服务", answer=DiagnosisAnswer))
def diagnose(request: ApiRequest, service_id: int) -> HttpResponse:
    """DNS, TCP, TLS and clock of each way out, then each robot and the app. Nothing is sent to anybody.

    Each step takes 5 seconds at most.
    """
    return answer(diagnosing.diagnose(service_id))


@router.get("/{int:service_id}/health", **operation(_READ, "通知服务的健康状况", answer=ServiceHealthAnswer))
def get_health(request: ApiRequest, service_id: int) -> HttpResponse:
    """The last success and the last error of each robot and of the app."""
    return answer(_health(diagnosing.find(service_id)))


@router.post("/{int:service_id}/retry", **operation(_WRITE, "立即重试异常的接收者", answer=ServiceHealthAnswer))
def retry(request: ApiRequest, service_id: int) -> HttpResponse:
    """Have every receiver of the service that is `refused` tried at once, after somebody mended it.

    The message that has waited the longest goes alone; where none waits, the next one does.
    """
    service = diagnosing.find(service_id)
    trial.retry(service_id)
    return answer(_health(service))


def _health(service: Service) -> ServiceHealthAnswer:
    found = service_health.of_services([service], now_us())[service.id]
    names = {robot.id: robot.alias for robot in service.robots.all()}
    return ServiceHealthAnswer(
        condition=found.condition.value,
        robots=[
            RobotHealthAnswer(robot=robot_id, alias=names[robot_id], **_fields(one))
            for robot_id, one in found.robots.items()
        ],
        app=HealthAnswer(**_fields(found.app)) if found.app else None,
    )


@router.get(
    "/{int:service_id}/accounts/{int:account_id}/health",
    **operation(_READ, "账号的健康状况", answer=AccountHealthAnswer),
)
def get_account_health(request: ApiRequest, service_id: int, account_id: int) -> HttpResponse:
    account = Account.objects.filter(service_id=service_id, id=account_id).first()
    if account is None:
        raise not_found()
    found = _fields(health.of_account(account_id))
    return answer(AccountHealthAnswer(account=account.id, name=account.name, **found))


def shown(found: Trial | None) -> HttpResponse:
    """How a test fares. Raises Problem 404 for None."""
    if found is None:
        raise not_found()
    delivery = found.delivery
    kind, receiver_id = ("account", delivery.account_id) if delivery.robot_id is None else ("robot", delivery.robot_id)
    return answer(
        TestAnswer(
            delivery=delivery.id,
            receiver={kind: receiver_id, "name": delivery.receiver_name},
            state=delivery.state,
            done=found.done,
            reason=found.reason or None,
            http_status=found.http_status,
            code=found.code or None,
            text=found.text,
            explanation=found.explanation,
            until=local_iso(to_us(found.until)) if found.until else None,
            attempts=found.attempts,
        )
    )


def _fields(one: Health) -> dict[str, Any]:
    error = one.error
    return {
        "condition": one.condition.value,
        "last_success_at": local_iso(one.success_us),
        "last_error": ErrorAnswer(
            at=local_iso(error.at_us),
            reason=error.reason,
            http_status=error.http_status,
            code=error.code or None,
            text=error.text,
            hint=errors.hint(error.reason, get_language() or "zh-hans"),
        )
        if error
        else None,
        "held_until": local_iso(one.held_until_us),
        "refused_since": local_iso(one.refusal.since_us) if one.refusal else None,
        "trial_at": local_iso(one.refusal.trial_us) if one.refusal else None,
    }
