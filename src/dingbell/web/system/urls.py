from __future__ import annotations

from django.urls import path

from dingbell.web.system import banner

urlpatterns = [path("banner/", banner.part, name="system_banner")]
