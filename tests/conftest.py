"""What every test may ask for: people, the DingTalk simulator, a private PostgreSQL, a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.test import Client

from dingtalk_simulator.running import RunningSimulator
from tests.postgresql import Cluster

if TYPE_CHECKING:
    from dingbell.users.models import User

PASSWORD = "a bell in every hall"

# How long an example takes says something about the machine, nothing about the product.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

pytest_plugins = ["tests.browsing", "tests.serving"]


@pytest.fixture(autouse=True)
def _no_quota_remembered() -> None:
    """What a test before this one left of its organisation's month."""
    from dingbell.delivery import quota

    quota.forget()


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[RunningSimulator]:
    with RunningSimulator() as running:
        yield running


@pytest.fixture
def simulator(running_simulator: RunningSimulator) -> Iterator[RunningSimulator]:
    """The DingTalk simulator on a loopback port, empty; nothing of this test is left for the next one."""
    running_simulator.reset()
    yield running_simulator
    running_simulator.reset()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A private PostgreSQL; `postgresql.url` is a DINGBELL_DATABASE_URL."""
    cluster = Cluster.start()
    yield cluster
    cluster.stop()


def _person(username: str, display_name: str, role: str) -> User:
    from dingbell.users.models import User

    person = User(username=username, display_name=display_name, role=role)
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def admin(db: None) -> User:
    """王工: the administrator."""
    return _person("wang", "王工", "admin")


@pytest.fixture
def engineer(db: None) -> User:
    """李工: configures."""
    return _person("li", "李工", "engineer")


@pytest.fixture
def operator(db: None) -> User:
    """张师傅: acknowledges."""
    return _person("zhang", "张师傅", "operator")


@pytest.fixture
def viewer(db: None) -> User:
    """访客: only looks."""
    return _person("guest", "访客", "viewer")


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """`signed_in(engineer).get("/services/")`: a client in which that person is signed in."""

    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in
