"""The side menu and its tabs: add a page of the product here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dingbell.web.deliveries.failed import failed_lately


@dataclass(frozen=True, slots=True)
class Tab:
    """`count` gives a red number beside the title, "" for none; it is asked where the tab is drawn only."""

    title: str | Promise
    path: str
    active: bool = False
    count: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; it leads to its first tab."""

    title: str | Promise
    icon: str
    tabs: tuple[Tab, ...]

    @property
    def path(self) -> str:
        return self.tabs[0].path

    @property
    def active(self) -> bool:
        return any(tab.active for tab in self.tabs)


_MENU = (
    Entry(_("报警"), "bell-ringing", (Tab(_("实时报警"), "/alarms/"),)),
    Entry(
        _("报警通知"),
        "send",
        (
            Tab(_("通知服务"), "/services/"),
            Tab(_("通知规则"), "/rules/"),
            Tab(_("发送记录"), "/deliveries/", count=failed_lately),
        ),
    ),
    Entry(_("系统"), "settings", (Tab(_("修改密码"), "/account/password/"),)),
)


def menu(path: str) -> tuple[Entry, ...]:
    """The menu with the tab marked whose pages `path` belongs to."""
    return tuple(
        replace(entry, tabs=tuple(replace(tab, active=path.startswith(tab.path)) for tab in entry.tabs))
        for entry in _MENU
    )
