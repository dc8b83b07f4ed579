from __future__ import annotations

from django.urls import path

from dingbell.web.services import directory_views, import_view, people, trials, views

urlpatterns = [
    path("accounts/import/", import_view.new, name="account_import_new"),
    path("<int:service_id>/accounts/", people.index, name="account_list"),
    path("<int:service_id>/accounts/new/", people.new, name="account_new"),
    path("<int:service_id>/accounts/import/", import_view.change, name="account_import"),
    path("<int:service_id>/accounts/mobiles/", directory_views.mobiles, name="account_mobiles"),
    path("<int:service_id>/accounts/check/", directory_views.check, name="account_check"),
    path("<int:service_id>/accounts/check/begin/", directory_views.begin_check, name="account_check_begin"),
    path("<int:service_id>/accounts/gone/remove/", people.remove_gone, name="account_remove_gone"),
    path("<int:service_id>/accounts/<int:account_id>/", people.change, name="account"),
    path("<int:service_id>/accounts/<int:account_id>/remove/", people.remove, name="account_remove"),
    path("", views.index, name="services"),
    path("new/", views.new, name="service_new"),
    path("ticked/", views.ticked, name="service_ticked"),
    path("<int:service_id>/", views.show, name="service"),
    path("<int:service_id>/change/", views.change, name="service_change"),
    path("<int:service_id>/enabled/", views.enable, name="service_enabled"),
    path("<int:service_id>/copy/", views.copy, name="service_copy"),
    path("<int:service_id>/delete/", views.delete, name="service_delete"),
    path("<int:service_id>/test/", trials.ask, name="service_test"),
    path("<int:service_id>/test/send/", trials.begin, name="service_test_send"),
    path("<int:service_id>/test/<int:delivery_id>/", trials.look, name="service_trial"),
    path("<int:service_id>/retry/", trials.retry, name="service_retry"),
    path("<int:service_id>/diagnose/", trials.diagnose, name="service_diagnose"),
    path("<int:service_id>/diagnose/<int:place>/", trials.diagnose_way, name="service_diagnose_way"),
    path("<int:service_id>/diagnose/app/", trials.diagnose_app, name="service_diagnose_app"),
]
