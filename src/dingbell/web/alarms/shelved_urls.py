from __future__ import annotations

from django.urls import path

from dingbell.web.alarms import shelving

urlpatterns = [
    path("", shelving.index, name="shelved"),
    path("unshelve/", shelving.unshelve, name="shelved_unshelve"),
    path("path/", shelving.by_path, name="shelved_by_path"),
]
