"""导出 CSV: the list as it is narrowed, however long, a page at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from dingbell.delivery import records
from dingbell.delivery.records import Wanted
from dingbell.storage.times import from_us, now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.deliveries.asked import asked
from dingbell.web.deliveries.showing import ShownDelivery, shown

_ROWS = 1_000  # read and written at once
_ACTS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")


@require_GET
@requires(Permission.VIEW)
def csv_file(request: SignedInRequest) -> StreamingHttpResponse:
    """UTF-8 with the mark that Excel needs to see it."""
    now = now_us()
    answer = StreamingHttpResponse(
        _chunks(asked(request).wanted(now), asked(request).before, now), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="deliveries-{localtime(from_us(now)):%Y%m%d-%H%M}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


async def _chunks(wanted: Wanted, before: int | None, now: int) -> AsyncIterator[bytes]:
    """Asynchronous, or Django gathers all of it before the first byte goes."""
    yield "\ufeff".encode() + _lines([_headings()])
    pages = _pages(wanted, before, now)
    following = sync_to_async(lambda: next(pages, None))
    while (page := await following()) is not None:
        yield page


def _pages(wanted: Wanted, before: int | None, now: int) -> Iterator[bytes]:
    while True:
        found = records.page(wanted, _ROWS, now, before)
        yield _lines([_cells(one) for one in shown(found.records, now)])
        if found.beyond is None:
            return
        before = found.beyond


def _headings() -> list[str]:
    return [
        _("编号"), _("时间"), _("状态"), pgettext("列", "接收者"), pgettext("列", "报警"), _("报警编号"), _("通知规则"),
        _("通知服务"), _("原因"), _("发送时间"), _("尝试次数"), _("代码"), _("钉钉的回答"), _("备注"),
    ]  # fmt: skip


def _cells(one: ShownDelivery) -> list[Any]:
    last = one.attempts[-1] if one.attempts else None
    return [
        one.delivery.id, _moment(one.created_at), one.state_word, one.delivery.receiver_name, one.alarm,
        one.delivery.alarm_id or "", one.rule, one.service, one.reason,
        _moment(one.sent_at), len(one.attempts), last.code if last else "",
        last.text if last else "", one.remark,
    ]  # fmt: skip


def _moment(at: datetime | None) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


def _lines(rows: Sequence[Sequence[Any]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([[_harmless(cell) for cell in row] for row in rows])
    return written.getvalue().encode()


def _harmless(cell: Any) -> str:
    """Texts of sources and of DingTalk: one that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = str(cell)
    return f"'{text}" if text.startswith(_ACTS_IN_A_SPREADSHEET) else text
