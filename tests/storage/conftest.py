"""A writer and an intake on a real database: SQLite, or PostgreSQL with DINGBELL_TEST_DATABASE=postgresql."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from dingbell.alarms.alarm import Alarm, Report
from dingbell.delivery.outbox import Outbox
from dingbell.notify.models import Block, Robot, Rule, Service
from dingbell.pipeline.intake import Intake, Submission
from dingbell.storage import versions
from dingbell.storage.times import SECOND
from dingbell.storage.versions import Subject
from dingbell.storage.writer import Writer

NOW = 1_800_000_000 * SECOND


@pytest.fixture
def writer(transactional_db: None) -> Iterator[Writer]:
    running = Writer()
    running.start()
    yield running
    running.stop()


class Node:
    """One process's intake, by a clock that stands; `woken` are the lanes it told the worker of."""

    def __init__(self, writer: Writer) -> None:
        self.now_us = NOW
        self.woken: list[set[str]] = []
        clock = lambda: self.now_us  # noqa: E731
        self.intake = Intake(writer, clock, self.woken.append)
        self.outbox = Outbox(writer, clock, self.woken.append, self.intake.delivery_ids)

    def hear(self, *reports: Report, receipt_us: int = NOW) -> None:
        self.intake.submit_and_wait(Submission(reports, receipt_us))


@pytest.fixture
def node(writer: Writer) -> Node:
    return Node(writer)


@pytest.fixture
def rule(transactional_db: None) -> Rule:
    """Every alarm goes to one robot."""
    service = Service.objects.create(name="值班", type="dingtalk")
    Robot.objects.create(service=service, alias="值班群", url="https://x/robot/send", token="", budget_key="r:1")
    made = Rule.objects.create(
        name="全部", states=["active_unacked", "active_acked", "cleared_unacked", "cleared_acked"]
    )
    Block.objects.create(rule=made, service=service, receivers=None)
    versions.bump(Subject.CONFIGURATION)
    return made


@pytest.fixture
def stored() -> Callable[[], dict[str, Alarm]]:
    """The alarms in the database by key, read past every cache."""
    from dingbell.alarms import store

    def read() -> dict[str, Alarm]:
        with connection.cursor() as cursor:
            cursor.execute('SELECT source, "key" FROM alarms_alarm')
            identities = [(source, key) for source, key in cursor.fetchall()]
        return {alarm.key: alarm for alarm in store.fetch(identities).values()} if identities else {}

    return read
