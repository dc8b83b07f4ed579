"""The side menu: add a page of the product here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    title: str | Promise
    path: str
    icon: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    title: str | Promise
    entries: tuple[Entry, ...]


_MENU = (
    Section(_("报警"), (Entry(_("实时报警"), "/alarms/", "bell-ringing"),)),
    Section(
        _("报警通知"),
        (
            Entry(_("通知服务"), "/services/", "brand-dingtalk"),
            Entry(_("通知规则"), "/rules/", "route"),
            Entry(_("发送记录"), "/deliveries/", "send"),
        ),
    ),
    Section(_("系统"), (Entry(_("修改密码"), "/account/password/", "lock"),)),
)


def menu(path: str) -> tuple[Section, ...]:
    """The menu with the entry marked whose pages `path` belongs to."""
    return tuple(
        replace(
            section,
            entries=tuple(replace(entry, active=path.startswith(entry.path)) for entry in section.entries),
        )
        for section in _MENU
    )
