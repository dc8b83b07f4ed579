from __future__ import annotations

from django.urls import path

from dingbell.web.silences import banner, beginning, views

urlpatterns = [
    path("", views.index, name="silences"),
    path("part/", views.part, name="silences_part"),
    path("banner/", banner.part, name="silence_banner"),
    path("new/", beginning.dialog, name="silence_new"),
    path("<int:silence_id>/end/", views.end, name="silence_end"),
]
