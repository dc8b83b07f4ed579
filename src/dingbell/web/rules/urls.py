from __future__ import annotations

from django.urls import path

from dingbell.web.rules import trying, views

urlpatterns = [
    path("", views.index, name="rules"),
    path("new/", views.new, name="rule_new"),
    path("selects/", views.selects, name="rule_selects"),
    path("timing/", views.timing, name="rule_timing"),
    path("receivers/<int:service_id>/", views.receivers, name="rule_receivers"),
    path("ticked/", views.ticked, name="rule_ticked"),
    path("<int:rule_id>/", views.show, name="rule"),
    path("<int:rule_id>/change/", views.change, name="rule_change"),
    path("<int:rule_id>/enabled/", views.enable, name="rule_enabled"),
    path("try/", trying.index, name="rules_try"),
    path("try/<int:rule_id>/", trying.dialog, name="rules_try_dialog"),
    path("try/alarms/", trying.alarms, name="rules_try_alarms"),
    path("try/result/", trying.result, name="rules_try_result"),
    path("<int:rule_id>/move/", views.move, name="rule_move"),
    path("<int:rule_id>/copy/", views.copy, name="rule_copy"),
    path("<int:rule_id>/delete/", views.delete, name="rule_delete"),
]
