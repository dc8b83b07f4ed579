from __future__ import annotations

from django.urls import path

from dingbell.web.deliveries import chats, detail, doing, export, views

urlpatterns = [
    path("", views.index, name="deliveries"),
    path("part/", views.part, name="deliveries_part"),
    path("ticked/", doing.ticked, name="deliveries_ticked"),
    path("export.csv", export.csv_file, name="deliveries_export"),
    path("<int:delivery_id>/", detail.index, name="delivery"),
    path("<int:delivery_id>/do/", doing.one, name="delivery_do"),
    path("<int:delivery_id>/receipt/", chats.look, name="delivery_receipt"),
    path("<int:delivery_id>/recall/", chats.recall, name="delivery_recall"),
]
