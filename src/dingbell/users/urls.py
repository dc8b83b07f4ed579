"""Sign-in pages: of allauth only what is offered here can be reached."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import path

from dingbell.users import setup_page

urlpatterns = [
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("setup/", setup_page.setup, name="setup"),
]
