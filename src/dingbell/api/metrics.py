"""`/metrics` for Prometheus: counters of this process, and the backlog that all share. Open, as /healthz is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dingbell import __version__
from dingbell.alarms import sources
from dingbell.delivery import quota
from dingbell.delivery.backlog import backlog, free_slots
from dingbell.delivery.budget import ROBOT
from dingbell.delivery.quota import Account
from dingbell.notify.models import Robot
from dingbell.pipeline import engine
from dingbell.pipeline.engine import NotRunning
from dingbell.storage.configuration import Configuration
from dingbell.storage.times import SECOND, now_us


def metrics(request: HttpRequest) -> HttpResponse:
    shared = CollectorRegistry()
    shared.register(_Shared())
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(shared), content_type=CONTENT_TYPE_LATEST)


_MOST_ROBOTS = 100
_LANE = 14  # as much of a lane's key as the log names; it is a fingerprint, no part of the token


class _Shared(Collector):
    """Asked of the database at each scrape; left out while it does not answer, which `dingbell_database_up` says."""

    def collect(self) -> Iterator[Metric]:
        version = GaugeMetricFamily("dingbell_build", "1, labelled with the version", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        yield from _process()
        now = now_us()
        try:
            found, quotas, silent = backlog(now), quota.accounts(now), len(sources.silent())
            slots = _free_slots(now)
        except Error:
            yield GaugeMetricFamily("dingbell_database_up", "Whether the database answers", value=0)
            return
        yield GaugeMetricFamily("dingbell_database_up", "Whether the database answers", value=1)
        waiting = GaugeMetricFamily("dingbell_pending_deliveries", "Deliveries that wait", labels=["channel"])
        for channel, count in found.waiting.items():
            waiting.add_metric([channel], count)
        yield waiting
        age = 0.0 if found.oldest_us is None else max(0, now - found.oldest_us) / SECOND
        yield GaugeMetricFamily("dingbell_oldest_pending_seconds", "Age of the oldest waiting delivery", value=age)
        yield GaugeMetricFamily(
            "dingbell_held_lanes", "Robots and apps that DingTalk is given rest", value=found.held_lanes
        )
        yield GaugeMetricFamily(
            "dingbell_lanes_in_trouble",
            "Robots and apps that refuse for their configuration",
            value=found.lanes_in_trouble,
        )
        yield GaugeMetricFamily("dingbell_silent_lanes", "Queues through which nothing goes", value=found.silent_lanes)
        yield GaugeMetricFamily("dingbell_silent_sources", "Sources that fell silent", value=silent)
        yield from _free(slots)
        yield from _quota(quotas)


def _process() -> Iterator[Metric]:
    """Of this process; nothing while it starts or stops."""
    try:
        waiting = engine.running().writer.waiting
    except NotRunning:
        return
    yield GaugeMetricFamily("dingbell_writer_waiting", "What waits in this process to be written", value=waiting)


def _free_slots(now: int) -> dict[str, int]:
    """Of the first robots there are: a label for each of thousands would be a burden to whoever scrapes."""
    configuration: Configuration = settings.CONFIGURATION
    robots = Robot.objects.filter(service__enabled=True, budget_key__startswith="r:").order_by("id")
    keys = list(dict.fromkeys(robots.values_list("budget_key", flat=True)[:_MOST_ROBOTS]))
    return free_slots(keys, replace(ROBOT, calls=configuration.robot_per_minute), now)


def _free(slots: Mapping[str, int]) -> Iterator[Metric]:
    free = GaugeMetricFamily("dingbell_budget_left", "Messages a robot still takes this minute", labels=["lane"])
    for lane, count in slots.items():
        free.add_metric([lane[:_LANE]], count)
    yield free


def _quota(accounts: Iterable[Account]) -> Iterator[Metric]:
    labels = ["organisation", "pool"]
    used = GaugeMetricFamily("dingbell_quota_used", "Calls of this month that DingTalk counts", labels=labels)
    limit = GaugeMetricFamily("dingbell_quota_limit", "Calls a month, where they are limited", labels=labels)
    left = GaugeMetricFamily("dingbell_quota_left", "Calls left this month, where they are limited", labels=labels)
    for account in accounts:
        place = [account.organisation, account.pool.value]
        used.add_metric(place, account.used)
        if account.limit:
            limit.add_metric(place, account.limit)
            left.add_metric(place, max(0, account.limit - account.used))
    yield from (used, limit, left)
