from __future__ import annotations

from django.urls import path

from dingbell.web.audit import views

urlpatterns = [
    path("", views.index, name="audit"),
    path("<int:entry_id>/", views.entry, name="audit_entry"),
]
