from __future__ import annotations

from django.urls import path

from dingbell.web.schedules import month, views

urlpatterns = [
    path("", views.index, name="schedules"),
    path("new/", views.new, name="schedule_new"),
    path("ticked/", views.ticked, name="schedule_ticked"),
    path("week/", views.week, name="schedule_week"),
    path("fill/<int:year>/", views.fill, name="schedule_fill"),
    path("<int:schedule_id>/", views.show, name="schedule"),
    path("<int:schedule_id>/change/", views.change, name="schedule_change"),
    path("<int:schedule_id>/enabled/", views.enable, name="schedule_enabled"),
    path("<int:schedule_id>/copy/", views.copy, name="schedule_copy"),
    path("<int:schedule_id>/delete/", views.delete, name="schedule_delete"),
    path("<int:schedule_id>/calendar/", month.calendar, name="schedule_calendar"),
]
