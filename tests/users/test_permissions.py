"""The guard of a page."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from dingbell.users.models import User
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission


@requires(Permission.CONFIGURE)
def page(request: SignedInRequest, number: int) -> HttpResponse:
    return HttpResponse(f"{request.user.username} {number}")


@pytest.mark.parametrize("role", ["admin", "engineer"])
def test_who_has_the_permission_sees_the_page(role: str) -> None:
    request = RequestFactory().get("/")
    request.user = User(username="li", role=role)
    assert page(request, number=7).content == b"li 7"


@pytest.mark.parametrize("user", [AnonymousUser(), User(role="operator"), User(role="viewer"), User(role="")])
def test_nobody_else_does(user: User) -> None:
    request = RequestFactory().get("/")
    request.user = user
    assert page(request, 7).status_code == 403
