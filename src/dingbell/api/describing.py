"""The description of the API: OpenAPI from the structs that are read and answered, and a page that shows it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema

from dingbell.api.callers import needs
from dingbell.notify.refusals import FieldError
from dingbell.users.roles import Scope

_REF = "#/components/schemas/{name}"
_described: dict[str, Any] = {}  # by name, so that every process writes the same description


class ProblemDocument(msgspec.Struct, kw_only=True):
    """RFC 9457: what went wrong, and which fields it is about."""

    type: str
    status: int
    title: str
    errors: list[FieldError]


def operation(
    scope: Scope,
    summary: str,
    *,
    body: Any = None,
    example: Any = None,
    answer: Any = None,
    pages: Any = None,
    status: int = 200,
) -> dict[str, Any]:
    """What a route says of itself: who may call it, the struct it reads, the one it answers, or a page of those."""
    responses: dict[int | str, Any] = {"4XX": problem_response()}
    extra: dict[str, Any] = {"responses": responses, "x-scope": scope.value}
    if body is not None:
        content = {"schema": schema_of(body)} | ({} if example is None else {"example": example})
        extra["requestBody"] = {"required": True, "content": {"application/json": content}}
    schema = _page_of(pages) if pages is not None else schema_of(answer) if answer is not None else None
    if schema is not None:
        responses[status] = {"content": {"application/json": {"schema": schema}}}
    return {"auth": needs(scope), "summary": summary, "response": {status: None}, "openapi_extra": extra}


def problem_response() -> dict[str, Any]:
    """The response of whatever is refused."""
    content = {"application/problem+json": {"schema": schema_of(ProblemDocument)}}
    return {"description": "Problem", "content": content}


class Api(NinjaAPI):
    """Also describes what is answered in front of Django: `beside`, path items by path."""

    def __init__(self, *, beside: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._beside = beside

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        _, components = msgspec.json.schema_components(_described.values(), ref_template=_REF)
        schema["paths"].update(self._beside)
        schema["components"].setdefault("schemas", {}).update(components)
        return schema


class Page(Swagger):
    """Swagger's own files come from the package, not from a CDN: a plant has no internet."""

    # Swagger writes style attributes; scripts stay ours.
    _POLICY = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        settings = {**self.default_settings, "url": self.get_openapi_url(api, kwargs)}
        context = {"swagger_settings": msgspec.json.encode(settings).decode(), "api": api, "add_csrf": True}
        response = render(request, self.template, context)
        response["Content-Security-Policy"] = self._POLICY
        return response


def schema_of(kind: Any) -> dict[str, Any]:
    """A reference to the described struct."""
    _described[kind.__name__] = kind
    return {"$ref": _REF.format(name=kind.__name__)}


def _page_of(kind: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": {"type": "array", "items": schema_of(kind)},
            "next": {"type": ["string", "null"], "description": "The cursor of the next page, null on the last."},
        },
    }
