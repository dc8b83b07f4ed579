"""Cookies of a visit over https: `Secure`, and under names of their own (prefix `__Host-`, RFC 6265bis §4.1.3.2).

Django settles both for all visits alike, but the same host may be visited through a proxy with TLS and, inside the
plant, over plain http. With one name for both, a browser with a cookie from https neither sends it over http nor takes
another one from there (RFC 6265bis §5.7): nobody who was here over https could sign in over http any more.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_PREFIX = "__Host-"


def kept_apart_over_https(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What is inside reads and sets cookies under their plain names."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.is_secure():
            return get_response(request)
        request.COOKIES = {
            name.removeprefix(_PREFIX): value for name, value in request.COOKIES.items() if name.startswith(_PREFIX)
        }
        response = get_response(request)
        for name in list(response.cookies):
            cookie = response.cookies.pop(name)
            cookie.set(_PREFIX + name, cookie.value, cookie.coded_value)
            cookie["secure"] = True
            response.cookies[cookie.key] = cookie
        return response

    return middleware
