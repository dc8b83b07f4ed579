"""Messages (通知内容): created, changed, deleted and described, for REST and the pages alike (see services.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.channels.base import Form
from dingbell.notify.copies import copy_name
from dingbell.notify.messages import wordings
from dingbell.notify.messages.documents import ContentDocument, Kind, MessageAnswer, MessageInput, Use, usual
from dingbell.notify.models import Block, Message, ServiceType
from dingbell.notify.refusals import FieldError, Findings, InUse, Missing, storable
from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.users import audit

_MOST_NAME, _MOST_DESCRIPTION, _MOST_TITLE, _MOST_BODY, _MOST_BUTTON, _MOST_URL = 100, 500, 1_000, 20_000, 200, 2_000
MOST_BUTTONS = 5
_KIND = "message"


def create(document: MessageInput) -> MessageAnswer:
    """Raises Invalid."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        return _write(Message(contents=msgspec.to_builtins(usual())), document, None)


def update(message_id: int, document: MessageInput) -> MessageAnswer:
    """Change what `document` mentions. Raises Missing, Invalid."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        message = find(message_id)
        return _write(message, document, _describe(message))


def copy(message_id: int) -> MessageAnswer:
    """The same message under a new name. Raises Missing."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        document = msgspec.convert(msgspec.to_builtins(describe(message_id)), MessageInput)
        document.name = copy_name(str(document.name), Message.objects.all())
        return _write(Message(), document, None)


def delete(message_id: int) -> None:
    """Raises Missing, and InUse with the names of the rules that send it."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        message = find(message_id)
        blocks = Block.objects.filter(message=message).select_related("rule")
        rules = "、".join(dict.fromkeys(f"“{block.rule.name}”" for block in blocks))
        if rules:
            raise InUse([FieldError("", _("通知规则正在使用这个通知内容：%(rules)s。") % {"rules": rules})])
        was = _describe(message)
        message.delete()
        audit.record(_KIND, was.id, was.name, was, None)


def describe(message_id: int) -> MessageAnswer:
    """Raises Missing."""
    return _describe(find(message_id))


def everything() -> QuerySet[Message]:
    return Message.objects.all()


def answers(messages: Iterable[Message]) -> list[MessageAnswer]:
    return [_describe(message) for message in messages]


def find(message_id: int) -> Message:
    """Raises Missing."""
    message = Message.objects.filter(id=message_id).first()
    if message is None:
        raise Missing
    return message


def stored(message: Message) -> dict[str, ContentDocument]:
    return msgspec.convert(message.contents, dict[str, ContentDocument])


def check_shape(contents: Mapping[str, ContentDocument]) -> None:
    """Whether it can be looked at, however unfinished it is. Raises Invalid."""
    findings = Findings()
    _shape(contents, findings)
    findings.settle()


def _write(message: Message, document: MessageInput, was: MessageAnswer | None) -> MessageAnswer:
    findings = Findings()
    message.name = findings.text("name", document.name, message.name, most=_MOST_NAME, required=True)
    if Message.objects.filter(name=message.name).exclude(id=message.id).exists():
        findings.add("name", _("已经有同名的通知内容"))
    message.description = findings.text(
        "description", document.description, message.description, most=_MOST_DESCRIPTION
    )
    wanted = findings.text("type", document.type, message.type, most=16, required=True)
    if wanted and wanted != ServiceType.DINGTALK:
        findings.add("type", _("没有这种通知内容：%(type)s。可用：dingtalk") % {"type": wanted[:40]})
    elif message.id and wanted != message.type:
        findings.add("type", _("类型不能更改"))
    message.type = wanted
    if not isinstance(document.contents, UnsetType):
        kept = stored(message) | _contents(document.contents, findings)
        message.contents = msgspec.to_builtins(kept)
    findings.settle()
    message.save()
    answer = _describe(message)
    audit.record(_KIND, answer.id, answer.name, was, answer)
    return answer


def _contents(given: Mapping[str, ContentDocument], findings: Findings) -> dict[str, ContentDocument]:
    """`given`, complete and with templates that can be used."""
    _shape(given, findings)
    for kind, content in given.items():
        if content.use == Use.OWN:
            _complete(f"contents.{kind[:40]}", content, findings)
    if not findings.errors:
        for fault in wordings.checked(given):
            findings.add(fault.field, fault.words)
    return dict(given)


def _shape(given: Mapping[str, ContentDocument], findings: Findings) -> None:
    kinds, forms, uses = list(Kind), list(Form), list(Use)
    for kind, content in given.items():
        place = f"contents.{kind[:40]}"
        if kind not in kinds:
            findings.add(place, _("没有这种事件。可用：%(known)s") % {"known": ", ".join(kinds)})
        elif content.use not in uses or (kind == Kind.RAISED and content.use == Use.RAISED):
            findings.add(f"{place}.use", _("可用：%(known)s") % {"known": ", ".join(uses)})
        elif content.form not in forms:
            findings.add(f"{place}.form", _("可用：%(known)s") % {"known": ", ".join(forms)})
        _length(f"{place}.title", content.title, _MOST_TITLE, findings)
        _length(f"{place}.body", content.body, _MOST_BODY, findings)
        if len(content.buttons) > MOST_BUTTONS:
            findings.add(f"{place}.buttons", _("最多 %(most)d 个按钮") % {"most": MOST_BUTTONS})
        for number, button in enumerate(content.buttons[:MOST_BUTTONS]):
            _length(f"{place}.buttons[{number}].title", button.title, _MOST_BUTTON, findings)
            _length(f"{place}.buttons[{number}].url", button.url, _MOST_URL, findings)


def _complete(place: str, content: ContentDocument, findings: Findings) -> None:
    if not content.body.strip():
        findings.add(f"{place}.body", _("必填"))
    if content.form != Form.ACTION_CARD:
        return
    if not content.buttons:
        findings.add(f"{place}.buttons", _("卡片至少要有一个按钮"))
    for number, button in enumerate(content.buttons):
        if not button.title.strip():
            findings.add(f"{place}.buttons[{number}].title", _("必填"))
        if not button.url.strip():
            findings.add(f"{place}.buttons[{number}].url", _("必填"))


def _length(field: str, text: str, most: int, findings: Findings) -> None:
    if len(text) > most:
        findings.add(field, _("最多 %(most)d 个字符，收到 %(length)d 个") % {"most": most, "length": len(text)})
    elif not storable(text):
        findings.add(field, _("含有不能保存的字符"))


def _describe(message: Message) -> MessageAnswer:
    return MessageAnswer(
        id=message.id,
        name=message.name,
        description=message.description,
        type=message.type,
        contents=stored(message),
        created_at=timezone.localtime(message.created_at).isoformat(),
    )
