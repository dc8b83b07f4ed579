"""`/api/v1/messages`: how notifications read (通知内容)."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from dingbell.api import examples, service_trials
from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.service_trials import TestAnswer, Wait
from dingbell.notify.messages import messages, previews, subjects
from dingbell.notify.messages.documents import ContentDocument, Kind, MessageAnswer, MessageInput, usual
from dingbell.notify.messages.previews import Preview
from dingbell.notify.refusals import FieldError, Invalid
from dingbell.pipeline import message_trial, trial
from dingbell.storage.times import now_us
from dingbell.users.roles import Scope

router = Router(tags=["messages"])
_READ, _WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE


class PreviewInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`contents` as for a new message, or the `id` of a stored one. `alarm`: the id of one, null for a sample."""

    contents: dict[str, ContentDocument] | None = None
    id: int | None = None
    kind: str = Kind.RAISED.value
    alarm: int | None = None


class MessageTestInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`receiver` is {"robot": id} or {"account": id} of `service`; the rest as for a preview."""

    service: int
    receiver: dict[str, int]
    kind: str = Kind.RAISED.value
    alarm: int | None = None


@router.get("", **operation(_READ, "通知内容列表", pages=MessageAnswer))
def list_messages(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """In the order they were made."""
    found = messages.everything()
    if place := after(cursor):
        found = found.filter(id__gt=place[0])
    return page(messages.answers(found[: limit + 1]), limit, lambda one: [one.id], lambda one: one)


@router.post(
    "",
    **operation(_WRITE, "新建通知内容", body=MessageInput, example=examples.MESSAGE, answer=MessageAnswer, status=201),
)
def create_message(request: ApiRequest) -> HttpResponse:
    """Required: `name` and `type`. `contents` by kind: raised, changed, cleared, acknowledged, escalated, digest.

    A kind has templates of its own (`use` own), those of raised, or the built-in message. Templates are Jinja2 in a
    sandbox; the twelve parameters may also be written `{name}`.
    """
    return answer(messages.create(read(request, MessageInput)), 201)


@router.post("/preview", **operation(_READ, "预览通知内容", body=PreviewInput, answer=Preview))
def preview_message(request: ApiRequest) -> HttpResponse:
    """What would go out, how large it is and what DingTalk would not draw of it. Nothing is sent or stored."""
    given = read(request, PreviewInput)
    if (given.contents is None) == (given.id is None):
        raise Invalid([FieldError("", _("请给出 contents 或 id 其中之一"))])
    contents = messages.stored(messages.find(given.id or 0)) if given.contents is None else usual() | given.contents
    messages.check_shape(contents)
    kind = _kind(given.kind)
    situation = subjects.subject(kind, given.alarm, now_us())
    return answer(previews.preview(contents, kind, situation, subjects.zone()))


@router.get("/{int:message_id}", **operation(_READ, "一个通知内容", answer=MessageAnswer))
def get_message(request: ApiRequest, message_id: int) -> HttpResponse:
    return answer(messages.describe(message_id))


@router.patch("/{int:message_id}", **operation(_WRITE, "修改通知内容", body=MessageInput, answer=MessageAnswer))
def change_message(request: ApiRequest, message_id: int) -> HttpResponse:
    """What is left out stays; a kind of `contents` is replaced as a whole."""
    return answer(messages.update(message_id, read(request, MessageInput)))


@router.post("/{int:message_id}/copy", **operation(_WRITE, "复制通知内容", answer=MessageAnswer, status=201))
def copy_message(request: ApiRequest, message_id: int) -> HttpResponse:
    return answer(messages.copy(message_id), 201)


@router.delete("/{int:message_id}", **operation(_WRITE, "删除通知内容", status=204))
def delete_message(request: ApiRequest, message_id: int) -> HttpResponse:
    """409 with the names of the rules while any sends it."""
    messages.delete(message_id)
    return nothing()


@router.post("/{int:message_id}/test", **operation(_WRITE, "发送测试", body=MessageTestInput, answer=TestAnswer))
def try_message(request: ApiRequest, message_id: int, wait: Wait = 10) -> HttpResponse:
    """Send it to one receiver, marked as a test, the way of an alarm's message.

    Waits up to `wait` seconds for the answer; look again at `/services/{service}/test/{delivery}`.
    """
    given = read(request, MessageTestInput)
    contents = messages.stored(messages.find(message_id))
    delivery_id = message_trial.begin(
        contents, _kind(given.kind), given.alarm, given.service, given.receiver, request.auth.name
    )
    return service_trials.shown(trial.wait(given.service, delivery_id, wait))


def _kind(word: str) -> Kind:
    if word not in list(Kind):
        raise Invalid([FieldError("kind", _("没有这种事件。可用：%(known)s") % {"known": ", ".join(Kind)})])
    return Kind(word)
