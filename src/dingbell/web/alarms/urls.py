from __future__ import annotations

from django.urls import path

from dingbell.web.alarms import acknowledging, commenting, detail, shelving, trying, views
from dingbell.web.deliveries import chats

urlpatterns = [
    path("", views.index, name="alarms"),
    path("part/", views.part, name="alarms_part"),
    path("acknowledge/", acknowledging.dialog, name="alarms_acknowledge"),
    path("shelve/", shelving.dialog, name="alarms_shelve"),
    path("test/", trying.dialog, name="alarm_test"),
    path("test/<int:alarm_id>/", trying.trace, name="alarm_test_trace"),
    path("test/<int:alarm_id>/clear/", trying.clear, name="alarm_test_clear"),
    path("events/<int:event_id>/reasons/", detail.reasons, name="alarm_event_reasons"),
    path("<int:alarm_id>/", detail.index, name="alarm"),
    path("<int:alarm_id>/part/", detail.part, name="alarm_part"),
    path("<int:alarm_id>/acknowledge/", acknowledging.from_page, name="alarm_acknowledge"),
    path("<int:alarm_id>/recall/", chats.recall_alarm, name="alarm_recall"),
    path("<int:alarm_id>/comment/", commenting.comment, name="alarm_comment"),
]
