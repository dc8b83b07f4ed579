"""`/api/v1/services/{id}/accounts/…`: asking DingTalk's directory by mobile number, and checking everybody."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from dingbell.api.account_imports import DryRun
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.problems import Problem, not_found
from dingbell.notify.models import Service
from dingbell.notify.services.directory import MobilesAnswer, MobilesInput
from dingbell.pipeline import directory
from dingbell.pipeline.directory import Busy, DirectoryCheckAnswer
from dingbell.pipeline.engine import running
from dingbell.users.roles import Scope

router = Router(tags=["accounts"])


@router.post(
    "/{int:service_id}/accounts/by-mobile",
    **operation(
        Scope.CONFIG_WRITE, "按手机号添加账号", body=MobilesInput, example={"mobiles": ["13900000001"]},
        answer=MobilesAnswer,
    ),
)  # fmt: skip
def add_by_mobile(request: ApiRequest, service_id: int, dry_run: DryRun = False) -> HttpResponse:
    """Asks DingTalk who has these numbers (at most 20) and adds them; each that is not found has its reason.

    The app needs the permissions qyapi_get_member_by_mobile and qyapi_get_member.
    """
    mobiles = read(request, MobilesInput).mobiles
    return answer(directory.by_mobile(running().directory, service_id, mobiles, dry_run=dry_run))


@router.post(
    "/{int:service_id}/accounts/check",
    **operation(Scope.CONFIG_WRITE, "核对通讯录", answer=DirectoryCheckAnswer, status=202),
)
def begin_check(request: ApiRequest, service_id: int) -> HttpResponse:
    """Begins, or goes on with a check that was stopped; 409 while another service is being checked."""
    try:
        return answer(running().directory.begin(service_id), 202)
    except Busy:
        raise Problem(409, _("正在核对另一个通知服务的账号，请稍后再试。")) from None


@router.get(
    "/{int:service_id}/accounts/check", **operation(Scope.CONFIG_READ, "通讯录核对的进度", answer=DirectoryCheckAnswer)
)
def check_state(request: ApiRequest, service_id: int) -> HttpResponse:
    if not Service.objects.filter(id=service_id).exists():
        raise not_found()
    return answer(running().directory.state(service_id))
