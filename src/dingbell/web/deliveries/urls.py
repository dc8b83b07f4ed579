from __future__ import annotations

from django.urls import path

from dingbell.web.deliveries import views

urlpatterns = [
    path("", views.index, name="deliveries"),
    path("part/", views.part, name="deliveries_part"),
]
