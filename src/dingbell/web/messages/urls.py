from __future__ import annotations

from django.urls import path

from dingbell.web.messages import trials, views

urlpatterns = [
    path("", views.index, name="messages"),
    path("new/", views.new, name="message_new"),
    path("preview/", views.preview, name="message_preview"),
    path("test/", trials.ask, name="message_test"),
    path("test/send/", trials.begin, name="message_test_send"),
    path("ticked/", views.ticked, name="message_ticked"),
    path("<int:message_id>/", views.show, name="message"),
    path("<int:message_id>/change/", views.change, name="message_change"),
    path("<int:message_id>/copy/", views.copy, name="message_copy"),
    path("<int:message_id>/delete/", views.delete, name="message_delete"),
]
