"""导出 CSV: the list as it is narrowed, however long, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from dingbell.delivery import records
from dingbell.delivery.records import Wanted
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import csv_files
from dingbell.web.deliveries.asked import asked
from dingbell.web.deliveries.showing import ShownDelivery, shown

_ROWS = 1_000  # read and written at once


@require_GET
@requires(Permission.VIEW)
def csv_file(request: SignedInRequest) -> StreamingHttpResponse:
    wish, now = asked(request), now_us()
    return csv_files.download("deliveries", now, _headings(), _pages(wish.wanted(now), wish.before, now))


def _pages(wanted: Wanted, before: int | None, now: int) -> Iterator[list[list[Any]]]:
    while True:
        found = records.page(wanted, _ROWS, now, before)
        yield [_cells(one) for one in shown(found.records, now)]
        if found.beyond is None:
            return
        before = found.beyond


def _headings() -> list[str]:
    return [
        _("编号"), _("时间"), _("状态"), pgettext("列", "接收者"), pgettext("列", "报警"), _("报警编号"), _("通知规则"),
        _("通知服务"), _("原因"), _("发送时间"), _("尝试次数"), _("代码"), _("钉钉的回答"), _("备注"), _("合并消息"),
        _("获知已读的时间"), _("撤回时间"),
    ]  # fmt: skip


def _cells(one: ShownDelivery) -> list[Any]:
    delivery = one.delivery
    last = one.attempts[-1] if one.attempts else None
    return [
        delivery.id, csv_files.moment(delivery.created_us), one.state_word, delivery.receiver_name, one.alarm,
        delivery.alarm_id or "", one.rule, one.service, one.reason,
        _moment(delivery.sent_us), len(one.attempts), last.code if last else "",
        last.text if last else "", one.remark, delivery.digest,
        _moment(delivery.read_us), _moment(delivery.recalled_us),
    ]  # fmt: skip


def _moment(us: int | None) -> str:
    return "" if us is None else csv_files.moment(us)
