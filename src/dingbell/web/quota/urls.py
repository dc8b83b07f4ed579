from __future__ import annotations

from django.urls import path

from dingbell.web.quota import banner, views

urlpatterns = [
    path("", views.index, name="quota"),
    path("banner/", banner.part, name="quota_banner"),
    path("<str:pool>/mode/", views.choose, name="quota_mode"),
    path("<str:pool>/reset/", views.reset, name="quota_reset"),
]
