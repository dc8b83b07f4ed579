"""发送测试 of a 通知内容: what it would say, sent to one receiver the way of an alarm's message (see trial.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext as _

from dingbell.channels.base import Form, Message
from dingbell.notify.messages import previews, subjects, wordings
from dingbell.notify.messages.documents import ContentDocument, Kind
from dingbell.notify.messages.escaping import one_line, plain
from dingbell.notify.messages.template_faults import TemplateFailed, TemplateRefused
from dingbell.notify.refusals import FieldError, Invalid
from dingbell.pipeline import engine
from dingbell.pipeline.notices import NoticeKind
from dingbell.storage.times import now_us


def begin(
    contents: Mapping[str, ContentDocument],
    kind: Kind,
    alarm_id: int | None,
    service_id: int,
    receiver: Mapping[str, int],
    actor: str,
) -> int:
    """The id of the delivery, once it is on disk. The message says that it is a test: nobody may run for it.

    Raises Invalid (a template that fails, no such alarm or receiver), StorageUnavailable and NotRunning.
    """
    situation = subjects.subject(kind, alarm_id, now_us())
    content = wordings.resolve(contents, kind)
    zone = subjects.zone()
    try:
        message = (
            previews.built_in(kind, situation, zone)
            if content is None
            else wordings.Wording(content).render(situation, zone)
        )
    except TemplateRefused as refused:
        raise Invalid([FieldError(f"contents.{kind}.{fault.field}", fault.words) for fault in refused.faults]) from None
    except TemplateFailed as failed:
        raise Invalid([FieldError(f"contents.{kind}.{failed.fault.field}", failed.fault.words)]) from None
    return engine.running().notices.send(NoticeKind.MESSAGE_TEST, _marked(message, actor), service_id, receiver, actor)


def _marked(message: Message, actor: str) -> Message:
    is_text = message.form is Form.TEXT
    who = one_line(actor) if is_text else plain(actor)
    line = _("测试消息，由 %(who)s 发出，不是真实报警。") % {"who": who}
    text = f"【{line}】\n{message.text}" if is_text else f"> {line}\n\n{message.text}"
    return replace(message, title=_("【测试】") + message.title, text=text)
