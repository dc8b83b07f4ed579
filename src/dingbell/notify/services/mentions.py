"""Whom a robot calls by name with every message (dingtalk-api §1.6)."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from dingbell.notify.refusals import Findings
from dingbell.notify.services.documents import MentionsDocument

MOST_PEOPLE = 50  # DingTalk calls no more with one message
_MOBILE = re.compile(r"(\+\d{1,4}-?)?\d{5,15}")
_USER_ID = re.compile(r"[!-?A-~]{1,64}")  # printable, no space, no @


def read(document: MentionsDocument, place: str, findings: Findings) -> dict[str, Any]:
    """As Robot.mentions holds it: without doubles, each name as it must stand behind the @."""
    mobiles = [_mobile(one) for one in document.mobiles]
    user_ids = [one.strip().lstrip("@") for one in document.user_ids]
    for number, mobile in enumerate(mobiles):
        if not _MOBILE.fullmatch(mobile):
            findings.add(f"{place}.mobiles[{number}]", _("这不是手机号：%(text)s") % {"text": mobile[:40]})
    for number, user_id in enumerate(user_ids):
        if not _USER_ID.fullmatch(user_id):
            findings.add(
                f"{place}.user_ids[{number}]",
                _("这不是员工UserID：%(text)s。它最多 64 个字符，没有空格和中文") % {"text": user_id[:40]},
            )
    mobiles, user_ids = list(dict.fromkeys(mobiles)), list(dict.fromkeys(user_ids))
    if len(mobiles) + len(user_ids) > MOST_PEOPLE:
        findings.add(place, _("一条消息最多 @ %(most)d 个人") % {"most": MOST_PEOPLE})
    return {"everyone": document.everyone, "mobiles": mobiles, "user_ids": user_ids}


def answer(stored: dict[str, Any]) -> MentionsDocument:
    return MentionsDocument(
        everyone=bool(stored.get("everyone")),
        mobiles=list(stored.get("mobiles", [])),
        user_ids=list(stored.get("user_ids", [])),
    )


def _mobile(text: str) -> str:
    """The bare number: what people paste from a list has spaces, an @ or the country's +86 before it."""
    number = re.sub(r"[\s()]", "", text).lstrip("@")
    return re.sub(r"^\+86-?(?=1\d{10}$)", "", number)
