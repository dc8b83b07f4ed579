"""JSON in and out: msgspec structs, the same that the domain takes and gives."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from dingbell.api.problems import Problem
from dingbell.notify.refusals import FieldError
from dingbell.sources import decoding

T = TypeVar("T")

_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_TOO_SHORT, _TOO_LONG = re.compile(r"of length >= 1\b"), re.compile(r"of length <= (?P<most>\d+)")


def read(request: HttpRequest, kind: type[T]) -> T:
    """The body. Raises Problem: 400 for no JSON, 413, 422 with the field for a wrong type or an unknown field."""
    try:
        body = request.body.removeprefix(b"\xef\xbb\xbf")  # PowerShell writes a byte order mark
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        wrong = _wrong(str(error))
        title = f"{wrong.field}: {wrong.message}" if wrong.field else wrong.message
        raise Problem(422, title, [wrong]) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, _("不是有效的 JSON。")) from None
    except RequestDataTooBig:
        raise Problem(413, _("请求体过大。")) from None
    except RecursionError:
        raise Problem(400, _("JSON 嵌套过深")) from None


def answer(value: object, status: int = 200) -> HttpResponse:
    content = msgspec.json.encode(value)
    return HttpResponse(content, status=status, content_type="application/json", headers={"Cache-Control": "no-store"})


def nothing() -> HttpResponse:
    """Done, and there is nothing left to say of it."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def _wrong(error: str) -> FieldError:
    place = decoding.place(error)
    if unknown := _UNKNOWN.search(error):
        return FieldError(f"{place}.{unknown['name']}".lstrip(".")[:200], _("没有这个字段"))
    if got := decoding.MISMATCH.search(error):
        return FieldError(place, decoding.mismatch(got))
    if _TOO_SHORT.search(error):
        return FieldError(place, _("必填"))
    if long := _TOO_LONG.search(error):
        return FieldError(place, _("最大 %(limit)s") % {"limit": long["most"]})
    if "out of range" in error:
        return FieldError(place, _("数字超出范围"))
    return FieldError(place, error)
