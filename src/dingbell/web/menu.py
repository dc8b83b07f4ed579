"""The side menu and its tabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dingbell.users.models import User
from dingbell.users.roles import Permission
from dingbell.web.deliveries.failed import unhandled_failures


@dataclass(frozen=True, slots=True)
class Tab:
    """`count` gives a red number beside the title, "" for none; it is asked where the tab is drawn only."""

    title: str | Promise
    path: str
    needs: Permission = Permission.VIEW
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
    Entry(
        _("报警"),
        "bell-ringing",
        (
            Tab(_("实时报警"), "/alarms/"),
            Tab(_("历史报警"), "/history/"),
            Tab(_("搁置"), "/shelved/"),
            Tab(_("报警组"), "/groups/"),
            Tab(_("静默"), "/silences/"),
        ),
    ),
    Entry(
        _("报警通知"),
        "send",
        (
            Tab(_("通知服务"), "/services/"),
            Tab(_("通知内容"), "/messages/"),
            Tab(_("通知排程"), "/schedules/"),
            Tab(_("通知规则"), "/rules/"),
            Tab(_("发送记录"), "/deliveries/", count=unhandled_failures),
            Tab(_("额度"), "/quota/"),
        ),
    ),
    Entry(pgettext_lazy("菜单", "接入"), "plug-connected", (Tab(pgettext_lazy("菜单", "接入"), "/sources/"),)),
    Entry(
        _("系统"),
        "settings",
        (
            Tab(pgettext_lazy("菜单", "用户"), "/users/", Permission.ADMINISTER),
            Tab(_("令牌"), "/tokens/", Permission.ADMINISTER),
            Tab(_("审计"), "/audit/", Permission.ADMINISTER),
            Tab(_("设置"), "/settings/", Permission.ADMINISTER),
        ),
    ),
)


def menu(path: str, person: User) -> tuple[Entry, ...]:
    """What there is for this person, with the tab marked whose pages `path` belongs to."""
    entries = (
        replace(
            entry,
            tabs=tuple(replace(tab, active=path.startswith(tab.path)) for tab in entry.tabs if person.may(tab.needs)),
        )
        for entry in _MENU
    )
    return tuple(entry for entry in entries if entry.tabs)
