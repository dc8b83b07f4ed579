from __future__ import annotations

from django.urls import path

from dingbell.web.groups import counts, views

urlpatterns = [
    path("", views.index, name="groups"),
    path("new/", views.new, name="group_new"),
    path("counts/", counts.counts, name="group_counts"),
    path("ticked/", views.ticked, name="group_ticked"),
    path("<int:group_id>/", views.show, name="group"),
    path("<int:group_id>/change/", views.change, name="group_change"),
    path("<int:group_id>/delete/", views.delete, name="group_delete"),
]
