"""`/metrics` for Prometheus: counters of this process, and the backlog that all share. Open, as /healthz is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import Error
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dingbell import __version__
from dingbell.delivery import quota
from dingbell.delivery.backlog import backlog
from dingbell.delivery.quota import Account
from dingbell.storage.times import SECOND, now_us


def metrics(request: HttpRequest) -> HttpResponse:
    shared = CollectorRegistry()
    shared.register(_Shared())
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(shared), content_type=CONTENT_TYPE_LATEST)


class _Shared(Collector):
    """Asked of the database at each scrape; left out while it does not answer, which `dingbell_database_up` says."""

    def collect(self) -> Iterator[Metric]:
        version = GaugeMetricFamily("dingbell_build", "1, labelled with the version", labels=["version"])
        version.add_metric([__version__], 1)
        yield version
        now = now_us()
        try:
            found, quotas = backlog(now), quota.accounts(now)
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
        yield from _quota(quotas)


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
