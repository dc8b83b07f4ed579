"""The types of notification services as people choose them: a new `ServiceType` needs its line here."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from dingbell.channels import apprise
from dingbell.notify.models import ServiceType
from dingbell.web.words import Word


@dataclass(frozen=True, slots=True)
class Shown:
    """`value` is what forms send; `icon` is a name in frontend/icons.txt."""

    value: str
    icon: str
    word: Word
    about: Word


TYPES: dict[str, Shown] = {
    one.value: one
    for one in (
        Shown(
            ServiceType.DINGTALK.value,
            "brand-dingtalk",
            _("钉钉"),
            _("通过群机器人发到钉钉群，或通过企业内部应用发给个人。"),
        ),
        Shown(
            ServiceType.APPRISE.value,
            "mail",
            _("其他"),
            _("邮件、短信、企业微信、飞书等，适合作为备用通道。"),
        ),
    )
}


def offered() -> list[tuple[Shown, bool]]:
    """What a new service can be, and whether it can be made here: without Apprise only what needs none."""
    return [(one, one.value != ServiceType.APPRISE or apprise.available()) for one in TYPES.values()]
