"""What stands before every page: set-up while it is needed, then sign-in, and the browser's own guards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from dingbell.storage.ids import LARGEST_ID
from dingbell.users import acting, sessions
from dingbell.users.accounts import admin_exists
from dingbell.users.acting import acting_as
from dingbell.users.models import User

Handler = Callable[[HttpRequest], HttpResponse]

# Each of these answers for itself: the API with 401, the rest to anybody.
_OPEN_PREFIXES = ("/api/", "/static/", "/healthz", "/readyz", "/metrics", "/language/", "/favicon.ico")
# Every page asks for them again and again: a form that is being filled in must not be led away by that.
_BANNERS = ("/silences/banner/", "/system/banner/", "/quota/banner/")
_OPEN_TO_STRANGERS = ("/account/login/", "/account/inactive/", "/a/", *_BANNERS)
_OPEN_BEFORE_A_NEW_PASSWORD = ("/account/password/", "/account/logout/", *_BANNERS)

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


def require_setup_and_login(get_response: Handler) -> Handler:
    """Lead to /setup/ while nobody can administer, and strangers to the sign-in page and back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_OPEN_PREFIXES):
            with acting_as(acting.PRODUCT):  # the API says who it is once it knows
                return get_response(request)
        setup_path = reverse("setup")
        if request.path == setup_path:
            return get_response(request)
        if not admin_exists():
            return _lead(request, setup_path)
        if isinstance(request.user, User):
            sessions.keep_alive(request)
            with acting_as(acting.person(request.user.username)):
                if request.user.must_change_password and not request.path.startswith(_OPEN_BEFORE_A_NEW_PASSWORD):
                    return _lead(request, reverse("account_change_password"))
                return get_response(request)
        if request.path.startswith(_OPEN_TO_STRANGERS):
            return get_response(request)
        page = _page_asking(request)
        query = f"?{urlencode({'next': page})}" if page != "/" else ""
        return _lead(request, reverse(settings.LOGIN_URL) + query)

    return middleware


def content_security_policy(get_response: Handler) -> Handler:
    """Nothing inline, nothing from elsewhere; a view that needs another policy sets the header itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        return response

    return middleware


class CompressPages(GZipMiddleware):
    """Leaves streams alone: Django compresses each piece by itself, and browsers read the first of them only."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if response.streaming else super().process_response(request, response)


class RefuseImpossibleIds:
    """A number in an address that no database can have given out: 404, for the pages and the API alike."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: object, plain: object, named: Mapping[str, object]) -> None:
        if any(isinstance(value, int) and value > LARGEST_ID for value in named.values()):
            raise Http404


def _page_asking(request: HttpRequest) -> str:
    """Path and query of the page in the browser: nobody can come back to a part of it, or to what takes a POST only."""
    if request.headers.get("HX-Request") == "true":
        page = request.headers.get("HX-Current-URL", "")
    elif request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    else:
        page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}):
        return "/"
    path = urlsplit(page)._replace(scheme="", netloc="", fragment="").geturl()
    return path if url_has_allowed_host_and_scheme(path, None) else "/"


def _lead(request: HttpRequest, path: str) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        # htmx would put the sign-in page into the middle of this one.
        return HttpResponse(status=204, headers={"HX-Redirect": path})
    return redirect(path)
