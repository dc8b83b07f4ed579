"""Notification services: created, changed, deleted and described, for REST and the pages alike.

Every change is one transaction that begins with the next configuration version: that number is also the lock
that lets one change of the configuration happen at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.channels.hosts import Hosts
from dingbell.notify.copies import copy_name
from dingbell.notify.models import Account, Robot, Service, ServiceType
from dingbell.notify.refusals import FieldError, Findings, InUse, Missing, given
from dingbell.notify.services import accounts, addresses, mentions, naming, robots, service_audit
from dingbell.notify.services.documents import AppAnswer, AppInput, RobotAnswer, ServiceAnswer, ServiceInput
from dingbell.notify.services.listed import Listed
from dingbell.storage import versions
from dingbell.storage.configuration import Configuration
from dingbell.storage.secrets import SecretUnreadable, decrypt, encrypt
from dingbell.storage.versions import Subject

_BOXES = ("robot", "account")
_MOST_NAME, _MOST_DESCRIPTION, _MOST_APP_FIELD, _MOST_SECRET, _MOST_ORGANISATION = 100, 500, 128, 512, 64


def create(document: ServiceInput) -> ServiceAnswer:
    """Raises Invalid."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        findings = Findings()
        made = describe(_write(Service(organisation=""), document, findings).id)
        service_audit.record(None, made)
        return _with_warnings(made, findings)


def update(service_id: int, document: ServiceInput) -> ServiceAnswer:
    """Change what `document` mentions. Accounts are answered only when they were sent: there may be 50,000.

    Raises Missing, Invalid, and InUse when a rule names a robot or an account that would go.
    """
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        service = _find(service_id)
        look = describe_form if isinstance(document.accounts, UnsetType) else describe
        before, had = look(service_id), service_audit.secrets(service)
        findings = Findings()
        _write(service, document, findings)
        changed = look(service_id)
        service_audit.record(before, changed, had, service_audit.secrets(_find(service_id)))
        return _with_warnings(changed, findings)


def copy(service_id: int) -> ServiceAnswer:
    """A second one with the same robots, accounts and secrets under a new name, switched off. Raises Missing."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        service = _find(service_id)
        own_robots, own_accounts = list(service.robots.all()), list(service.accounts.all())
        service.name = copy_name(service.name, Service.objects.all())
        service.enabled = False
        _forget_row(service)
        service.save()
        copied: list[Robot | Account] = [*own_robots, *own_accounts]
        for one in copied:
            _forget_row(one)
            one.service = service
        Robot.objects.bulk_create(own_robots)
        Account.objects.bulk_create(own_accounts, batch_size=200)
        made = describe(service.id)
        service_audit.record(None, made)
        return made


def delete(service_id: int) -> None:
    """Raises Missing, and InUse with the names of the rules that send through it."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        service = _find(service_id)
        rules = naming.using(service_id)
        if rules:
            raise InUse([FieldError("", _("通知规则正在使用这个服务：%(rules)s。") % {"rules": rules})])
        service_audit.record(describe(service_id), None)
        service.delete()


def describe(service_id: int) -> ServiceAnswer:
    """Raises Missing."""
    return _describe(_find(service_id, everything()))


def describe_form(service_id: int) -> ServiceAnswer:
    """Without its accounts, which are found a page at a time (account_changes.py). Raises Missing."""
    nobody = Prefetch("accounts", queryset=Account.objects.none())
    return _describe(_find(service_id, Service.objects.prefetch_related("robots", nobody)))


def everything() -> QuerySet[Service]:
    """Services with what `answers` needs, to be filtered and cut to a page."""
    return Service.objects.prefetch_related("robots", "accounts")


def answers(services: Iterable[Service]) -> list[ServiceAnswer]:
    return [_describe(service) for service in services]


def allowed_hosts() -> Hosts:
    """Where a webhook of this installation may point."""
    configuration: Configuration = settings.CONFIGURATION
    return Hosts(configuration.dingtalk_oapi_url, configuration.dingtalk_api_url, configuration.webhook_hosts)


def _forget_row(row: Service | Robot | Account) -> None:
    """The next save makes a new one."""
    row.pk = None
    row._state.adding = True


def _find(service_id: int, among: QuerySet[Service] | None = None) -> Service:
    service = (Service.objects.all() if among is None else among).filter(id=service_id).first()
    if service is None:
        raise Missing
    return service


def _with_warnings(answer: ServiceAnswer, findings: Findings) -> ServiceAnswer:
    if findings.warnings:
        answer.warnings = findings.warnings
    return answer


def _write(service: Service, document: ServiceInput, findings: Findings) -> Service:
    _general(service, document, findings)
    if service.type == ServiceType.APPRISE:
        listed_robots, listed_accounts = _through_apprise(service, document, findings)
    else:
        listed_robots, listed_accounts = _through_dingtalk(service, document, findings)
    findings.settle()
    place = "addresses" if service.type == ServiceType.APPRISE else "robots"
    named = _named(service, "robot", {robot.id: robot.alias for robot in listed_robots.removed}, place)
    named += _named(service, "account", {account.id: account.name for account in listed_accounts.removed}, "accounts")
    if named:
        raise InUse(named)
    service.save()
    robots.save(service, listed_robots)
    accounts.save(service, listed_accounts)
    return service


def _through_dingtalk(
    service: Service, document: ServiceInput, findings: Findings
) -> tuple[Listed[Robot], Listed[Account]]:
    if document.addresses:
        findings.add("addresses", _("钉钉的通知服务没有接收地址，请用类型 apprise（其他）"))
    _app(service, document.app if isinstance(document.app, AppInput) else AppInput(), findings)
    listed_robots = robots.merge(service, document.robots, allowed_hosts(), findings)
    listed_accounts = accounts.merge(service, document.accounts, findings)
    if service.send_to_robots and not listed_robots.items:
        findings.add("robots", _("勾选了钉钉机器人，至少填写一个机器人"))
    if service.send_to_accounts and not listed_accounts.items:
        findings.add("accounts", _("勾选了钉钉账号，至少填写一个账号"))
    return listed_robots, listed_accounts


def _through_apprise(
    service: Service, document: ServiceInput, findings: Findings
) -> tuple[Listed[Robot], Listed[Account]]:
    for name in ("robots", "accounts"):
        if getattr(document, name):
            findings.add(name, _("这种通知服务只有接收地址（addresses）"))
    service.send_to_robots, service.send_to_accounts = True, False
    listed = addresses.merge(service, document.addresses, findings)
    if not listed.items:
        findings.add("addresses", _("至少填写一个接收地址"))
    return listed, Listed(changed=False)


def _general(service: Service, document: ServiceInput, findings: Findings) -> None:
    service.name = findings.text("name", document.name, service.name, most=_MOST_NAME, required=True)
    if Service.objects.filter(name=service.name).exclude(id=service.id).exists():
        findings.add("name", _("已经有同名的通知服务"))
    service.description = findings.text(
        "description", document.description, service.description, most=_MOST_DESCRIPTION
    )
    service.organisation = findings.text(
        "organisation", document.organisation, service.organisation, most=_MOST_ORGANISATION
    )
    wanted = findings.text("type", document.type, service.type, most=16, required=True)
    if wanted and wanted not in ServiceType.values:
        findings.add("type", _("没有这种通知服务：%(type)s。可用：dingtalk、apprise") % {"type": wanted[:40]})
    elif service.id and wanted != service.type:
        findings.add("type", _("类型不能更改"))
    service.type = wanted
    if not isinstance(document.enabled, UnsetType):
        service.enabled = document.enabled
    if not isinstance(document.tells_system, UnsetType):
        service.tells_system = document.tells_system
    if not isinstance(document.send_to, UnsetType):
        unknown = [box for box in document.send_to if box not in _BOXES]
        if unknown:
            findings.add("send_to", _("只能是 robot 和 account，收到：%(box)s") % {"box": unknown[0][:40]})
        elif not document.send_to:
            findings.add("send_to", _("至少勾选钉钉机器人或钉钉账号"))
        service.send_to_robots = "robot" in document.send_to
        service.send_to_accounts = "account" in document.send_to


def _app(service: Service, app: AppInput, findings: Findings) -> None:
    needed = service.send_to_accounts
    service.client_id = findings.text(
        "app.client_id", app.client_id, service.client_id, most=_MOST_APP_FIELD, required=needed
    )
    service.robot_code = findings.text(
        "app.robot_code", app.robot_code, service.robot_code, most=_MOST_APP_FIELD, required=needed
    )
    if given(app.client_secret):
        secret = findings.text("app.client_secret", app.client_secret, "", most=_MOST_SECRET, required=needed)
        if any(not "!" <= char <= "~" or char == "*" for char in secret):
            findings.add("app.client_secret", _("ClientSecret 中不能有空格、星号或中文，请重新复制"))
        service.client_secret = encrypt(secret)
    elif needed and not service.client_secret:
        findings.add("app.client_secret", _("必填"))


def _named(service: Service, kind: str, removed: dict[int, str], place: str) -> list[FieldError]:
    """A word for each receiver that would go although a rule names it."""
    if not removed:
        return []
    rules = naming.rules(service.id)
    return [
        FieldError(place, naming.refusal(rules[kind, receiver_id], name))
        for receiver_id, name in removed.items()
        if (kind, receiver_id) in rules
    ]


def _describe(service: Service) -> ServiceAnswer:
    of_apprise = service.type == ServiceType.APPRISE
    robot_answers = [] if of_apprise else [_describe_robot(robot) for robot in service.robots.all()]
    address_answers = [addresses.answer(robot) for robot in service.robots.all()] if of_apprise else []
    app = AppAnswer(
        client_id=service.client_id,
        robot_code=service.robot_code,
        has_client_secret=bool(service.client_secret),
        needs_secret=not _readable([service.client_secret]),
    )
    return ServiceAnswer(
        id=service.id,
        name=service.name,
        description=service.description,
        type=service.type,
        enabled=service.enabled,
        send_to=[
            box
            for box, ticked in zip(_BOXES, (service.send_to_robots, service.send_to_accounts), strict=True)
            if ticked
        ],
        robots=robot_answers,
        app=app,
        accounts=[accounts.answer(account) for account in service.accounts.all()],
        addresses=address_answers,
        needs_secret=app.needs_secret
        or any(robot.needs_secret for robot in robot_answers)
        or any(address.needs_secret for address in address_answers),
        created_at=timezone.localtime(service.created_at).isoformat(),
        tells_system=service.tells_system,
        organisation=service.organisation,
    )


def _describe_robot(robot: Robot) -> RobotAnswer:
    return RobotAnswer(
        id=robot.id,
        alias=robot.alias,
        webhook=robot.masked,
        has_secret=bool(robot.secret),
        needs_secret=not _readable([robot.token, robot.secret]),
        keywords=robot.keywords,
        pool=robot.pool,
        mentions=mentions.answer(robot.mentions),
    )


def _readable(secrets: Collection[str]) -> bool:
    try:
        for secret in secrets:
            decrypt(secret)
    except SecretUnreadable:
        return False
    return True
