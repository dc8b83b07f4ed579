from __future__ import annotations

from django.urls import path

from dingbell.web.history import export, views

urlpatterns = [
    path("", views.index, name="history"),
    path("export.csv", export.csv_file, name="history_export"),
]
