"""Whether a message still stands in a person's chat, and whether they have read it: 已读, 未读, 已撤回."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dingbell.delivery.models import Delivery, Manner, Recall
from dingbell.pipeline import receipts
from dingbell.storage.times import from_us
from dingbell.web.words import Word

_WORDS: dict[str, Word] = {"read": _("已读"), "unread": _("未读"), "recalled": _("已撤回")}


@dataclass(frozen=True, slots=True)
class Recalling:
    """How taking it back fares. `by` is "" where a rule asked; `waits`: DingTalk is asked (again); `reason` in words,
    "" when it did as asked; `text` are its own."""

    by: str
    waits: bool
    at: datetime
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class InChat:
    """`state` is read, unread (DingTalk was asked), recalled, or "" where nobody knows; `at`: when it was learned.

    `asks`: DingTalk still tells of it and takes it back.
    """

    state: str
    word: Word
    at: datetime | None
    recalling: Recalling | None
    asks: bool


def in_chat(delivery: Delivery, recall: Recall | None, now_us: int) -> InChat:
    asks = receipts.against(delivery, now_us) == ""
    state, at_us = "", None
    if delivery.recalled_us is not None:
        state, at_us = "recalled", delivery.recalled_us
    elif delivery.read_us is not None:
        state, at_us = "read", delivery.read_us
    elif delivery.account_id is not None and delivery.sent_us is not None and delivery.manner & Manner.RECEIPTS:
        state = "unread"
    return InChat(
        state, _WORDS.get(state, ""), None if at_us is None else from_us(at_us),
        None if recall is None else _recalling(recall), asks,
    )  # fmt: skip


def _recalling(recall: Recall) -> Recalling:
    reason = receipts.refusal(recall.reason, get_language() or "zh-hans") if recall.reason else ""
    at_us = recall.asked_us if recall.answered_us is None else recall.answered_us
    return Recalling(recall.asked_by, recall.due_us is not None, from_us(at_us), reason, recall.text)
