"""查询已读 and 撤回: of one delivery on its own page, and of all that people got about an alarm."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dingbell.channels.base import Verdict
from dingbell.channels.dingtalk import errors
from dingbell.notify.models import Account
from dingbell.pipeline import engine, receipts
from dingbell.pipeline.engine import NotRunning
from dingbell.pipeline.recalls import Outcome, Recalls
from dingbell.pipeline.receipts import Looked, Refused
from dingbell.storage.writer import StorageUnavailable
from dingbell.users import acting
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission

_WAIT_S = 3.0  # for DingTalk's answer; what takes longer is carried out all the same


@require_POST
@requires(Permission.CONFIGURE)
def look(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    """Ask DingTalk who has read it."""
    try:
        _say_who_read(request, engine.running().follow_ups.receipts.look(delivery_id))
    except Refused as no:
        messages.warning(request, receipts.refusal(no.reason, _language()))
    except (StorageUnavailable, NotRunning):
        messages.error(request, _("数据暂时写不进去，请稍后再试。"))
    return redirect("delivery", delivery_id)


@require_POST
@requires(Permission.CONFIGURE)
def recall(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    try:
        recalls = engine.running().follow_ups.recalls
        _say_what_went(request, recalls, recalls.recall([delivery_id], acting.current()))
    except (StorageUnavailable, NotRunning):
        messages.error(request, _("数据暂时写不进去，请稍后再试。"))
    return redirect("delivery", delivery_id)


@require_POST
@requires(Permission.CONFIGURE)
def recall_alarm(request: SignedInRequest, alarm_id: int) -> HttpResponse:
    try:
        recalls = engine.running().follow_ups.recalls
        _say_what_went(request, recalls, recalls.recall_alarm(alarm_id, acting.current()))
    except (StorageUnavailable, NotRunning):
        messages.error(request, _("数据暂时写不进去，请稍后再试。"))
    return redirect("alarm", alarm_id=alarm_id)


def _say_who_read(request: HttpRequest, looked: Looked) -> None:
    if looked.result.verdict is not Verdict.SENT:
        messages.warning(request, errors.explain(looked.result, _language()))
        return
    if looked.recalled:
        messages.info(request, _("这条消息已经撤回。"))
        return
    names = dict(Account.objects.filter(id__in=looked.read).values_list("id", "name"))
    read = [names.get(account, "") for account, done in looked.read.items() if done]
    unread = [names.get(account, "") for account, done in looked.read.items() if not done]
    parts = [_("已读：%(names)s。") % {"names": "、".join(read)}] if read else []
    if unread:
        parts.append(_("未读：%(names)s。") % {"names": "、".join(unread)})
    messages.success(request, " ".join(parts) or _("钉钉还在发送，过一会儿再查。"))


def _say_what_went(request: HttpRequest, recalls: Recalls, outcome: Outcome) -> None:
    fates = recalls.wait(outcome.asked, _WAIT_S)
    gone = sum(one.due_us is None and not one.reason for one in fates.values())
    waiting = sum(one.due_us is not None for one in fates.values())
    if gone:
        messages.success(request, ngettext("已撤回 %(n)d 条", "已撤回 %(n)d 条", gone) % {"n": gone})
    if waiting:
        messages.info(request, ngettext("正在撤回 %(n)d 条", "正在撤回 %(n)d 条", waiting) % {"n": waiting})
    reasons = [*outcome.refused.values(), *(one.reason for one in fates.values() if one.due_us is None and one.reason)]
    for reason, refused in Counter(reasons).most_common():
        text = ngettext("%(count)d 条没有撤回：%(reason)s", "%(count)d 条没有撤回：%(reason)s", refused)
        messages.warning(request, text % {"count": refused, "reason": receipts.refusal(reason, _language())})
    if not outcome.asked and not outcome.refused:
        messages.info(request, _("没有可以撤回的个人消息。"))


def _language() -> str:
    return get_language() or "zh-hans"
