"""The side menu: every tab leads to a page, and shows to whom it is for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from dingbell.users.models import User
from dingbell.web.menu import menu


@pytest.mark.django_db
def test_every_tab_leads_to_a_page_and_is_marked_there(admin: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(admin)
    for entry in menu("/", admin):
        for tab in entry.tabs:
            page = client.get(tab.path)
            assert page.status_code == 200, tab.path
            (shown,) = [one for one in page.context["menu"] if one.active]
            assert [one.path for one in shown.tabs if one.active] == [tab.path]


def test_only_administrators_see_the_system() -> None:
    titles = {role: [str(entry.title) for entry in menu("/", User(role=role))] for role in ("admin", "engineer")}
    assert titles == {"admin": ["报警", "报警通知", "接入", "系统"], "engineer": ["报警", "报警通知", "接入"]}
