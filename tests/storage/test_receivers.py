"""How receivers are reached: read once a version, and never as an older version had it."""

from __future__ import annotations

import pytest

from dingbell.notify.models import Account, Robot, Service
from dingbell.notify.routing import account_lane
from dingbell.pipeline.receivers import Moved, Receivers, Undeliverable
from dingbell.storage.secrets import encrypt

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    return Service.objects.create(
        name="值班",
        type="dingtalk",
        send_to_accounts=True,
        client_id="ding1",
        client_secret=encrypt("s"),
        robot_code="c",
    )


@pytest.fixture
def robot(service: Service) -> Robot:
    return Robot.objects.create(
        service=service, alias="群", url="https://x/robot/send", token=encrypt("the-token"), secret=encrypt("SEC1"),
        keywords=["报警"], budget_key="r:1",
    )  # fmt: skip


def reason_of(receivers: Receivers, robot: Robot) -> str:
    with pytest.raises(Undeliverable) as no:
        receivers.robot(robot.id, "r:1")
    return no.value.reason


def test_a_receiver_is_read_once(service: Service, robot: Robot) -> None:
    person = Account.objects.create(service=service, user_id="zhang", name="张三")
    receivers, lane = Receivers(1), account_lane("ding1")
    for _ in range(2):
        found = receivers.robot(robot.id, "r:1")
        assert (found.webhook.token, found.secret, found.keywords) == ("the-token", "SEC1", ("报警",))
        assert receivers.app(service.id, lane).app.client_secret == "s"
        assert receivers.user_ids([person.id]) == {person.id: "zhang"}
        Robot.objects.all().delete()
        Service.objects.all().delete()


def test_what_cannot_be_reached_is_asked_again(service: Service, robot: Robot) -> None:
    receivers = Receivers(1)
    Service.objects.update(enabled=False)
    assert reason_of(receivers, robot) == "service_disabled"
    Service.objects.update(enabled=True, send_to_robots=False)
    assert reason_of(receivers, robot) == "robots_switched_off"
    Service.objects.update(send_to_robots=True)
    Robot.objects.update(token="v1.00000000.x")
    assert reason_of(receivers, robot) == "secret_unreadable"
    Robot.objects.update(budget_key="r:2")
    with pytest.raises(Moved) as moved:
        receivers.robot(robot.id, "r:1")
    assert moved.value.lane == "r:2"
    with pytest.raises(Moved):
        receivers.app(service.id, "a:another")
    assert receivers.user_ids([4711]) == {}


def test_secrets_are_not_shown(service: Service, robot: Robot) -> None:
    receivers = Receivers(1)
    shown = repr([receivers.robot(robot.id, "r:1"), receivers.app(service.id, account_lane("ding1"))])
    assert "the-token" not in shown
    assert "SEC1" not in shown
    assert "client_secret" not in shown
