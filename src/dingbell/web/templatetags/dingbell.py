"""The tags pages are written with (docs/pages.md); every template has them without `{% load %}`."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.forms.boundfield import BoundField, BoundWidget
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dingbell.notify.rules.documents import TimingDocument
from dingbell.users import audit_log
from dingbell.web.rules import timing_words

register = template.Library()

_VERSION_FILE = Path(__file__).parents[1] / "static" / "dist" / "version.txt"


@cache
def _version() -> str:
    try:
        return _VERSION_FILE.read_text("ascii").strip()
    except FileNotFoundError:
        return "unbuilt"


@register.simple_tag
def bundle(name: str) -> str:
    """The address of a built file; it changes with the content, so browsers may keep what they have."""
    return f"{static(f'dist/{name}')}?v={_version()}"


@register.simple_tag
def shown_change(kind: str, object_id: int) -> str:
    """For `data-shown-change` of a form: which change of its object it shows, "" for a new one."""
    last = audit_log.last_change(kind, object_id) if object_id else None
    return str(last.id) if last else ""


@register.filter
def timing_said(timing: TimingDocument | str | None) -> str:
    """A block's timing in one line; of a new block the usual one."""
    return timing_words.said(timing if isinstance(timing, TimingDocument) else TimingDocument())


@register.simple_tag
@lru_cache(1_024)  # a long list draws a thousand of a few
def icon(name: str, classes: str = "") -> SafeString:
    """A drawing of `frontend/icons.txt`, for the eye only: the text beside it or an aria-label says it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2"'
        ' stroke-linecap="round" stroke-linejoin="round"><use href="{}#{}"></use></svg>',
        classes,
        bundle("icons.svg"),
        name,
    )


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, placeholder: str = "") -> dict[str, Any]:
    """Label with the red star, control, hint and errors of one form field."""
    widget = bound.field.widget
    kind = "input"
    css = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        kind, css = "check", "form-check-input"
    elif isinstance(widget, (forms.CheckboxSelectMultiple, forms.RadioSelect)):
        kind, css = "options", "form-check-input"
    elif isinstance(widget, forms.PasswordInput):
        kind = "password"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    if bound.errors:
        css += " is-invalid"
    attributes: dict[str, str | bool] = {"class": f"{css} {widget.attrs.get('class', '')}".strip()}
    if placeholder:
        attributes["placeholder"] = placeholder
    if kind == "options":
        return {"bound": bound, "kind": kind, "shown": _options(bound, css)}
    return {"bound": bound, "kind": kind, "shown": bound.as_widget(attrs=attributes)}


def _options(bound: BoundField, css: str) -> list[BoundWidget]:
    for option in bound.subwidgets:
        option.data["attrs"]["class"] = css
    return bound.subwidgets


@register.inclusion_tag("parts/paging.html", takes_context=True)
def paging(context: template.Context, page: Page[Any]) -> dict[str, Any]:
    """Earlier and later pages of a Django `Page`, keeping the rest of the address; nothing for a single page."""
    request: HttpRequest = context["request"]
    return {"page": page, "request": request}


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """This page's query string with some parameters changed, or removed by None: `{% query page=2 %}`."""
    request: HttpRequest = context["request"]
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return "?" + parameters.urlencode()


@register.simple_tag(takes_context=True)
def query_of(context: template.Context, name: str, value: str | None) -> str:
    """As `query`, for a parameter whose name is not known here; from the first page on."""
    return str(query(context, **{name: value, "page": None}))
