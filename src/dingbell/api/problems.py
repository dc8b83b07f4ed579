"""Everything that goes wrong under /api is an RFC 9457 problem document."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import structlog
from django.core.exceptions import ValidationError as DjangoInvalid
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError
from ninja.errors import ValidationError as BadParameters

from dingbell.notify.refusals import FieldError, InUse, Invalid, Missing
from dingbell.pipeline.engine import NotRunning
from dingbell.storage.writer import StorageUnavailable

log = structlog.get_logger(__name__)
CONTENT_TYPE = "application/problem+json"
_RETRY_AFTER_S = "5"


class Problem(Exception):
    """A refusal with its HTTP status."""

    def __init__(self, status: int, title: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.errors = errors


def document(status: int, title: str, errors: Sequence[FieldError] = ()) -> HttpResponse:
    content = {"type": "about:blank", "status": status, "title": title, "errors": list(errors)}
    response = HttpResponse(msgspec.json.encode(content), status=status, content_type=CONTENT_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="DingBell"'
    if status == 503:
        response["Retry-After"] = _RETRY_AFTER_S
    return response


def not_found() -> Problem:
    return Problem(404, _("没有这个对象。"))


def listen(api: NinjaAPI) -> None:
    """Turn what the operations raise into documents."""

    def on(kind: type[Exception], answer: Callable[..., HttpResponse]) -> None:
        api.add_exception_handler(kind, lambda _request, error: answer(error))

    on(Problem, lambda error: document(error.status, error.title, error.errors))
    on(Invalid, lambda error: document(422, _first(error.errors), error.errors))
    on(InUse, lambda error: document(409, _first(error.errors), error.errors))
    on(Missing, lambda _error: document(404, _("没有这个对象。")))
    on(DjangoInvalid, lambda error: _invalid(error.message_dict))
    on(MultiPartParserError, lambda _error: document(400, _title(400)))
    on(BadParameters, _bad_parameters)
    on(AuthenticationError, lambda _error: document(401, _("缺少令牌，或令牌无效、已吊销；也没有登录。")))
    on(DataError, lambda _error: document(422, _("含有不能保存的字符")))
    on(StorageUnavailable, lambda _error: unavailable())
    on(NotRunning, lambda _error: unavailable())
    on(OperationalError, _storage_trouble)
    on(InterfaceError, _storage_trouble)


def unavailable() -> HttpResponse:
    return document(503, _("暂时无法写入（磁盘已满、数据库被锁定或过载），请稍后重试。"))


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What Django itself refuses under /api (no such address, wrong method, too large a body, a crash)."""

    def speak(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if (
            response.status_code < 400
            or not request.path.startswith("/api/")
            or "json" in response.get("Content-Type", "")
        ):
            return response
        problem = document(response.status_code, _title(response.status_code))
        if "Allow" in response:
            problem["Allow"] = response["Allow"]
        return problem

    return speak


def _title(status: int) -> str:
    return {
        400: _("请求无法识别。"),
        403: _("没有权限。"),
        404: _("没有这个地址。"),
        405: _("这个地址不支持这种请求方法。"),
        413: _("请求体过大。"),
    }.get(status, _("服务器内部错误，详见日志。"))


def _first(errors: Sequence[FieldError]) -> str:
    """A line for people; the list has all of it."""
    if not errors:
        return _("输入有误。")
    first = errors[0]
    return f"{first.field}: {first.message}" if first.field else first.message


def _invalid(by_field: dict[str, list[str]]) -> HttpResponse:
    errors = [FieldError(field, message) for field, messages in by_field.items() for message in messages]
    return document(422, _first(errors), errors)


def _bad_parameters(error: BadParameters) -> HttpResponse:
    errors = [FieldError(str(one["loc"][-1]), _parameter_text(one)) for one in error.errors]
    return document(422, _first(errors), errors)


def _parameter_text(error: dict[str, object]) -> str:
    context = error.get("ctx")
    limits = context if isinstance(context, dict) else {}
    match error["type"]:
        case "missing":
            return _("必填")
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return _("应为整数")
        case "bool_parsing" | "bool_type":
            return _("应为 true 或 false")
        case "greater_than_equal":
            return _("最小 %(limit)s") % {"limit": limits.get("ge")}
        case "less_than_equal":
            return _("最大 %(limit)s") % {"limit": limits.get("le")}
    return str(error["msg"])


def _storage_trouble(error: OperationalError | InterfaceError) -> HttpResponse:
    # The text of a database error can hold data: its class and the driver's own words are enough.
    log.warning("api_storage_trouble", error=type(error).__name__, text=str(error)[:200])
    return unavailable()
