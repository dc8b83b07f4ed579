"""Which words an alarm goes out in: the 通知内容 its delivery asks for, or the built-in ones. Never none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import msgspec
import structlog

from dingbell.channels.base import Message
from dingbell.notify import models
from dingbell.notify.messages import digests, messages, wordings
from dingbell.notify.messages.digests import Fits, Gathered
from dingbell.notify.messages.documents import KIND_OF_EVENT, ContentDocument, Kind
from dingbell.notify.messages.rendering import Occurrence, Reminder, builtin
from dingbell.notify.messages.template_faults import Fault, TemplateFailed, TemplateRefused
from dingbell.notify.messages.template_values import Situation
from dingbell.notify.messages.wordings import Wording

log = structlog.get_logger(__name__)
_REMEMBERED = 256
TEMPLATE_FAILED, MESSAGE_DELETED = "template_failed", "message_deleted"


@dataclass(frozen=True, slots=True)
class Worded:
    """`remark` names why it is in the built-in words, `fault` is the template's, as JSON; "" where nothing is wrong."""

    message: Message
    remark: str = ""
    fault: str = ""


class Words:
    """The messages of one configuration version, compiled when they are first needed. Thread-safe.

    What was said of an event is remembered for a while: often many are told the same.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[int, int | None], Worded] = {}
        self._contents: dict[int, dict[str, ContentDocument] | None] = {}
        self._wordings: dict[tuple[int, Kind], Wording | Fault | None] = {}

    def said(self, event_id: int, message_id: int | None) -> Worded | None:
        return self._said.get((event_id, message_id))

    def remember(self, event_id: int, message_id: int | None, worded: Worded) -> None:
        if len(self._said) >= _REMEMBERED:
            self._said = {}
        self._said[event_id, message_id] = worded

    def word(self, message_id: int | None, event: Occurrence, zone: tzinfo, reminder: Reminder | None = None) -> Worded:
        kind = KIND_OF_EVENT.get(event.kind) if reminder is None else Kind.ESCALATED
        if message_id is None:
            return Worded(builtin(event, zone, reminder))
        if self._contents_of(message_id) is None:
            return Worded(builtin(event, zone, reminder), MESSAGE_DELETED)
        wording = None if kind is None else self._wording(message_id, kind)
        if wording is None:
            return Worded(builtin(event, zone, reminder))
        if isinstance(wording, Fault):
            return _failed(event, zone, wording, reminder)
        situation = Situation(event) if reminder is None else Situation(event, reminder.number, reminder.waited)
        try:
            return Worded(wording.render(situation, zone))
        except TemplateFailed as failed:
            return _failed(event, zone, failed.fault, reminder)

    def digest(self, message_id: int | None, gathered: Gathered, url: str, zone: tzinfo, fits: Fits) -> Worded:
        """One message for all of them; `url` is where they stand, `fits` whether a message goes out whole."""

        def built_in(remark: str = "", fault: str = "") -> Worded:
            return Worded(digests.compose(gathered, url, zone, fits).message, remark, fault)

        if message_id is None:
            return built_in()
        if self._contents_of(message_id) is None:
            return built_in(MESSAGE_DELETED)
        wording = self._wording(message_id, Kind.DIGEST)
        if wording is None:
            return built_in()
        if isinstance(wording, Wording):
            try:
                return Worded(digests.compose_own(wording, gathered, url, zone, fits).message)
            except TemplateFailed as failed:
                wording = failed.fault
        log.info("template_failed", alarms=gathered.total, field=wording.field, line=wording.line, text=wording.text)
        return built_in(TEMPLATE_FAILED, msgspec.json.encode(wording).decode())

    def _contents_of(self, message_id: int) -> dict[str, ContentDocument] | None:
        if message_id not in self._contents:
            found = models.Message.objects.filter(id=message_id).first()
            self._contents[message_id] = None if found is None else messages.stored(found)
        return self._contents[message_id]

    def _wording(self, message_id: int, kind: Kind) -> Wording | Fault | None:
        """None: the built-in words. A fault: what was good when it was saved no longer is."""
        place = message_id, kind
        if place not in self._wordings:
            content = wordings.resolve(self._contents_of(message_id) or {}, kind)
            try:
                self._wordings[place] = None if content is None else Wording(content)
            except TemplateRefused as refused:
                self._wordings[place] = refused.faults[0]
        return self._wordings[place]


def _failed(event: Occurrence, zone: tzinfo, fault: Fault, reminder: Reminder | None) -> Worded:
    log.info("template_failed", alarm=event.alarm.id, field=fault.field, line=fault.line, text=fault.text)
    return Worded(builtin(event, zone, reminder), TEMPLATE_FAILED, msgspec.json.encode(fault).decode())
