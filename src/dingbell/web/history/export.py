"""导出 CSV: the history as it is narrowed, however long, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from dingbell.alarms import journal
from dingbell.alarms.journal import Wanted
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import csv_files
from dingbell.web.history.asked import asked
from dingbell.web.history.showing import ShownEvent, shown

_ROWS = 1_000  # read and written at once


@require_GET
@requires(Permission.VIEW)
def csv_file(request: SignedInRequest) -> StreamingHttpResponse:
    wish, now = asked(request), now_us()
    return csv_files.download("history", now, _headings(), _pages(wish.wanted(now), wish.before))


def _pages(wanted: Wanted, before: int | None) -> Iterator[list[list[Any]]]:
    while True:
        found = journal.page(wanted, _ROWS, before)
        yield [_cells(shown(event)) for event in found.events]
        if found.beyond is None:
            return
        before = found.beyond


def _headings() -> list[str]:
    return [
        _("编号"), _("时间"), _("收到时间"), _("事件"), _("级别"), _("状态"), _("名称"), _("路径"), _("区域"),
        _("类型"), _("数值"), _("限值"), _("单位"), _("描述"), pgettext("列", "谁"), _("备注"), _("接入"), _("键"),
        _("报警编号"),
    ]  # fmt: skip


def _cells(one: ShownEvent) -> list[Any]:
    event, alarm = one.event, one.alarm
    return [
        event.id, csv_files.moment(event.time_us), csv_files.moment(event.received_us), one.word, one.level, one.state,
        alarm.name, alarm.path, alarm.area, alarm.type, _plain(alarm.value), _plain(alarm.limit), alarm.unit,
        alarm.description, one.actor, event.note, alarm.source, alarm.key, alarm.id,
    ]  # fmt: skip


def _plain(value: object) -> object:
    return "" if value is None else value
