from __future__ import annotations

from django.urls import path

from dingbell.web.sources import views

urlpatterns = [path("", views.index, name="sources"), path("limit/", views.limit, name="source_limit")]
