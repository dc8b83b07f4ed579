from __future__ import annotations

from django.urls import path

from dingbell.web.deliveries import detail, doing, export, views

urlpatterns = [
    path("", views.index, name="deliveries"),
    path("part/", views.part, name="deliveries_part"),
    path("ticked/", doing.ticked, name="deliveries_ticked"),
    path("export.csv", export.csv_file, name="deliveries_export"),
    path("<int:delivery_id>/", detail.index, name="delivery"),
    path("<int:delivery_id>/do/", doing.one, name="delivery_do"),
]
