from __future__ import annotations

from django.urls import path

from dingbell.web.services import views

urlpatterns = [
    path("", views.index, name="services"),
    path("new/", views.new, name="service_new"),
    path("ticked/", views.ticked, name="service_ticked"),
    path("<int:service_id>/", views.show, name="service"),
    path("<int:service_id>/change/", views.change, name="service_change"),
    path("<int:service_id>/enabled/", views.enable, name="service_enabled"),
    path("<int:service_id>/copy/", views.copy, name="service_copy"),
    path("<int:service_id>/delete/", views.delete, name="service_delete"),
]
