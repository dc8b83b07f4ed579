"""Tells the admins how the month's quota goes, through the system's own notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.utils.translation import gettext as _

from dingbell.channels.base import Form, Message
from dingbell.delivery import months, quota, quota_news
from dingbell.delivery.mode import Cause, Mode
from dingbell.delivery.quota import Account
from dingbell.delivery.quota_news import News, Told, news
from dingbell.delivery.quota_words import CAUSES, MEANINGS, POOLS
from dingbell.notify.messages.escaping import plain
from dingbell.pipeline.system_notices import SystemNotices
from dingbell.storage.writer import Task, Writer

PAGE = "/quota/"
_REMEMBER = Task("quota_news", quota_news.remember)


class QuotaWarnings:
    def __init__(self, writer: Writer, clock: Callable[[], int], notices: SystemNotices) -> None:
        self._writer = writer
        self._clock = clock
        self._notices = notices

    def tell(self) -> None:
        """What is new since the last time, once for all processes. Raises StorageUnavailable."""
        now_us = self._clock()
        month = months.month_of(now_us, quota.zone())
        told = quota_news.told()
        for account in quota.accounts(now_us):
            found = news(account, told.get((account.organisation, account.pool), Told()), month)
            if found is None or not self._writer.submit(_REMEMBER, found).result():
                continue
            # What a person chose, that person knows.
            if found.percent or account.standing.cause is not Cause.CHOSEN:
                self._notices.tell(message(found))


def message(found: News) -> Message:
    title = _title(found)
    return Message(Form.MARKDOWN, title, "\n\n".join(("### " + title, *_lines(found.account))))


def _title(found: News) -> str:
    account = found.account
    told = {"pool": POOLS[account.pool], "percent": found.percent}
    if not found.mode_changed:
        return _("钉钉额度：%(pool)s本月已用 %(percent)d%%") % told
    match account.standing.mode:
        case Mode.STOPPED:
            return _("钉钉额度用完：%(pool)s停止发送") % told
        case Mode.CRITICAL:
            return _("钉钉额度紧张：%(pool)s只发紧急报警") % told
        case Mode.MERGE:
            return _("钉钉额度紧张：%(pool)s合并发送") % told
        case Mode.NORMAL:
            return _("钉钉额度：%(pool)s恢复正常发送") % told


def _lines(account: Account) -> Iterator[str]:
    if account.organisation:
        yield _("企业：%(name)s") % {"name": plain(account.organisation)}
    if account.limit:
        percent = account.used * 100 // account.limit
        told = {"used": account.used, "limit": account.limit, "percent": percent}
        yield _("本月已用 %(used)d / %(limit)d 次（%(percent)d%%）。") % told
    else:
        yield _("本月已用 %(used)d 次。") % {"used": account.used}
    if account.limit and account.forecast is not None and account.forecast > account.limit:
        yield _("照最近几天的用量，到月底约需 %(count)d 次。") % {"count": account.forecast}
    yield str(CAUSES[account.standing.cause])
    yield str(MEANINGS[account.standing.mode])
    if account.standing.mode is Mode.STOPPED:
        yield _("到下月自动恢复。购买额度后，在“额度”页面点“恢复发送”。")
    if settings.PUBLIC_URL:
        yield f"[{_('查看额度')}]({settings.PUBLIC_URL}{PAGE})"
