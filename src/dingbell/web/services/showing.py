"""The health of services and their receivers as a page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dingbell.channels.dingtalk import errors
from dingbell.channels.dingtalk.diagnosis import Step
from dingbell.delivery import service_health
from dingbell.delivery.health import Condition, Error, Health, Refusal
from dingbell.delivery.service_health import ServiceHealth
from dingbell.notify.models import Service
from dingbell.storage.secrets import SecretUnreadable, decrypt
from dingbell.storage.times import from_us
from dingbell.web.services.mended import changed_after
from dingbell.web.services.types import TYPES, Shown
from dingbell.web.words import Word

CONDITIONS: dict[Condition, Word] = {
    Condition.UNUSED: _("还没有发送过"),
    Condition.OK: _("正常"),
    Condition.HELD: _("等待重试"),
    Condition.FAILING: _("发送失败"),
    Condition.REFUSED: _("异常"),
}
CHECKS: dict[str, Word] = {
    Step.DNS: _("域名解析"),
    Step.TCP: _("网络连接"),
    Step.TLS: _("TLS 证书"),
    Step.CLOCK: _("应答与时钟"),
    Step.WEBHOOK: _("Webhook地址"),
    Step.SIGNING: _("安全设置"),
    Step.SENDING: _("发送"),
    Step.TOKEN: _("访问凭证"),
    Step.PERMISSION: _("发消息权限"),
    Step.ROBOT_CODE: "RobotCode",
    Step.CONTACTS: _("通讯录与可见范围"),
}


@dataclass(frozen=True, slots=True)
class ShownHealth:
    """`trouble` says what the last error means and what to do, "" while all is well; `said` is DingTalk's own.

    `refused_at` and `trial_at`: since when its configuration is refused, and when it is tried again. `mended`: its
    service was changed after that, and nothing was sent since.
    """

    condition: str
    word: Word
    success_at: datetime | None
    error_at: datetime | None
    trouble: str
    said: str
    until: datetime | None
    refused_at: datetime | None
    trial_at: datetime | None
    mended: bool = False


@dataclass(frozen=True, slots=True)
class ShownService:
    """A row of the list. `needs_secret`: something stored cannot be decrypted."""

    service: Service
    health: ShownHealth
    needs_secret: bool

    @property
    def type(self) -> Shown:
        return TYPES[self.service.type]

    @property
    def id(self) -> int:
        return self.service.id

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def enabled(self) -> bool:
        return self.service.enabled


@dataclass(frozen=True, slots=True)
class FormHealth:
    """`robots` by id; `app` is None while nothing goes to accounts."""

    robots: Mapping[int, ShownHealth]
    app: ShownHealth | None


def health_of(service_id: int, now_us: int) -> FormHealth:
    """Of one service; empty for a new one."""
    services = list(Service.objects.filter(id=service_id).prefetch_related("robots"))
    found = service_health.of_services(services, now_us).get(service_id)
    if found is None:
        return FormHealth({}, None)
    robots = {robot_id: shown_health(one, service_id) for robot_id, one in found.robots.items()}
    return FormHealth(robots, shown_health(found.app, service_id) if found.app else None)


def shown_health(one: Health | ServiceHealth, service_id: int) -> ShownHealth:
    mended = one.refusal is not None and one.error is not None and changed_after(service_id, one.error.at_us)
    return _shown(one.condition, one.success_us, one.error, one.held_until_us, one.refusal, mended=mended)


def rows(services: Sequence[Service], now_us: int) -> list[ShownService]:
    found = service_health.of_services(services, now_us)
    return [
        ShownService(
            service,
            shown_health(one, service.id),
            _needs_secret(service),
        )
        for service in services
        if (one := found[service.id])
    ]


def _shown(
    condition: Condition, success_us: int | None, error: Error | None, until_us: int | None, refusal: Refusal | None,
    *, mended: bool,
) -> ShownHealth:  # fmt: skip
    ill = error is not None and condition not in (Condition.OK, Condition.UNUSED)
    return ShownHealth(
        condition=condition.value,
        word=CONDITIONS[condition],
        success_at=from_us(success_us) if success_us else None,
        error_at=from_us(error.at_us) if error else None,
        trouble=errors.hint(error.reason, get_language() or "zh-hans") if ill and error else "",
        said=" ".join(part for part in (error.code, error.text) if part) if ill and error else "",
        until=from_us(until_us) if until_us else None,
        refused_at=from_us(refusal.since_us) if refusal else None,
        trial_at=from_us(refusal.trial_us) if refusal else None,
        mended=mended,
    )


def _needs_secret(service: Service) -> bool:
    secrets = [secret for robot in service.robots.all() for secret in (robot.token, robot.secret)]
    try:
        for secret in (*secrets, service.client_secret):
            decrypt(secret)
    except SecretUnreadable:
        return True
    return False
