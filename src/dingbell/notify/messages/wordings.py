"""A message's templates, compiled: from what happened to what is read in the chat. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.utils.translation import gettext_noop
from msgspec.structs import replace

from dingbell.channels.base import Button, Form, Message
from dingbell.notify.messages.documents import ContentDocument, Kind, Use
from dingbell.notify.messages.escaping import one_line, plain
from dingbell.notify.messages.template_faults import Fault, TemplateFailed, TemplateRefused
from dingbell.notify.messages.template_values import Situation, values

if TYPE_CHECKING:
    from dingbell.notify.messages.template_filters import Escape
    from dingbell.notify.messages.templating import Text

_EMPTY = gettext_noop("没有输出任何文字")
_LINKS = ("http://", "https://", "dingtalk://")


class Wording:
    """One content of its own. Thread-safe."""

    def __init__(self, content: ContentDocument) -> None:
        """Raises TemplateRefused with what is wrong anywhere in it; a fault's field is as the contract writes it."""
        self._form = Form(content.form)
        faults: list[Fault] = []
        self._title = _compiled("title", content.title, faults)
        self._body = _compiled("body", content.body, faults)
        self._buttons = [
            (_compiled(f"{place}.title", button.title, faults), _compiled(f"{place}.url", button.url, faults))
            for place, button in ((f"buttons[{number}]", button) for number, button in enumerate(content.buttons))
            if self._form is Form.ACTION_CARD
        ]
        if faults:
            raise TemplateRefused(*faults)

    def render(self, situation: Situation, zone: tzinfo) -> Message:
        """Raises TemplateFailed, with the field and its line."""
        known = values(situation, zone)
        is_text = self._form is Form.TEXT
        title = _rendered("title", self._title, known, one_line)
        text = _rendered("body", self._body, known, one_line if is_text else plain)
        buttons = tuple(
            Button(
                _rendered(f"buttons[{number}].title", name, known, one_line),
                _rendered(f"buttons[{number}].url", url, known, _in_address).strip(),
            )
            for number, (name, url) in enumerate(self._buttons)
        )
        if not text.strip():
            failed = TemplateFailed(_EMPTY)
            failed.fault = Fault(_EMPTY, field="body")
            raise failed
        return Message(
            form=self._form,
            title=title.strip(),
            text=text if is_text else _with_breaks(text),
            buttons=tuple(button for button in buttons if button.url.startswith(_LINKS)),
        )


def resolve(contents: Mapping[str, ContentDocument], kind: Kind) -> ContentDocument | None:
    """The content that words this kind, None for the built-in message.

    The words for one alarm cannot stand for many: a digest is never the same as a raised alarm.
    """
    content = contents.get(kind.value)
    if content is not None and content.use == Use.RAISED and kind is not Kind.DIGEST:
        content = contents.get(Kind.RAISED.value)
    return content if content is not None and content.use == Use.OWN else None


def checked(contents: Mapping[str, ContentDocument]) -> Iterator[Fault]:
    """What is wrong with the templates, each fault at its field: `contents.raised.body`."""
    for kind, content in contents.items():
        if content.use == Use.OWN:
            try:
                Wording(content)
            except TemplateRefused as refused:
                for fault in refused.faults:
                    yield replace(fault, field=f"contents.{kind}.{fault.field}")


def _compiled(field: str, source: str, faults: list[Fault]) -> Text:
    from dingbell.notify.messages.templating import Text  # and Jinja2, of no use where the built-in words do

    try:
        return Text(source)
    except TemplateRefused as refused:
        faults += [replace(fault, field=field) for fault in refused.faults]
        return Text("")


def _rendered(field: str, text: Text, known: Mapping[str, object], escape: Escape) -> str:
    try:
        return text.render(known, escape)
    except TemplateFailed as failed:
        failed.fault = replace(failed.fault, field=field)
        raise


def _in_address(text: str) -> str:
    return quote(text, safe="")


def _with_breaks(text: str) -> str:
    """Each line ends where the author ended it: DingTalk needs two spaces for that (dingtalk-api §1.7)."""
    return "  \n".join(line.rstrip() for line in text.strip("\n").splitlines())
