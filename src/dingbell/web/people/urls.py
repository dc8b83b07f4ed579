from __future__ import annotations

from django.urls import path

from dingbell.web.people import account, tokens, users

urlpatterns = [
    path("account/", account.account, name="account"),
    path("account/devices/end/", account.end, name="account_devices_end"),
    path("users/", users.index, name="users"),
    path("users/new/", users.new, name="user_new"),
    path("users/ticked/", users.ticked, name="user_ticked"),
    path("users/<int:user_id>/", users.edit, name="user"),
    path("users/<int:user_id>/enabled/", users.enable, name="user_enabled"),
    path("users/<int:user_id>/delete/", users.delete, name="user_delete"),
    path("users/<int:user_id>/password/", users.reset_password, name="user_password"),
    path("users/<int:user_id>/sessions/end/", users.end_sessions, name="user_sessions_end"),
    path("users/<int:user_id>/unlock/", users.unlock, name="user_unlock"),
    path("tokens/", tokens.index, name="tokens"),
    path("tokens/new/", tokens.new, name="token_new"),
    path("tokens/<int:token_id>/revoke/", tokens.revoke, name="token_revoke"),
]
