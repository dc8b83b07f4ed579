from __future__ import annotations

from django.urls import path

from dingbell.web.settings_page import views

urlpatterns = [path("", views.index, name="settings")]
