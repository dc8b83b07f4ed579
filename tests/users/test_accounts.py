"""Adding people."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from dingbell.users.accounts import AdminExistsError, add_first_admin, add_user, admin_exists
from dingbell.users.models import User

GOOD = "a bell in every hall"


@pytest.mark.django_db
def test_a_person_is_added_with_role_and_password() -> None:
    person = add_user("张师傅", "operator", GOOD)
    person.refresh_from_db()
    assert (person.username, person.role, person.is_active) == ("张师傅", "operator", True)
    assert person.check_password(GOOD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "role", "password", "fields"),
    [
        ("", "viewer", GOOD, {"username"}),
        ("a b", "viewer", GOOD, {"username"}),
        ("x" * 65, "viewer", GOOD, {"username"}),
        ("li", "boss", GOOD, {"role"}),
        ("li", "viewer", "short", {"password"}),
        ("li", "viewer", "password123", {"password"}),
        ("bellringer", "viewer", "bellringer1", {"password"}),
        ("", "boss", "", {"username", "role", "password"}),
    ],
)
def test_all_that_is_wrong_is_said_at_once(name: str, role: str, password: str, fields: set[str]) -> None:
    with pytest.raises(ValidationError) as refused:
        add_user(name, role, password)
    assert set(refused.value.message_dict) == fields
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("again", ["wang", "WANG", " wang ", "ｗａｎｇ"])
def test_a_name_is_taken_whatever_its_case_or_width(admin: User, again: str) -> None:
    with pytest.raises(ValidationError) as refused:
        add_user(again, "viewer", GOOD)
    assert refused.value.message_dict == {"username": ["已经有这个用户名。"]}


@pytest.mark.django_db
def test_set_up_is_over_once_somebody_can_administer(engineer: User) -> None:
    assert not admin_exists()
    admin = add_first_admin("wang", GOOD)
    assert admin_exists()
    with pytest.raises(AdminExistsError):
        add_first_admin("second", GOOD)
    admin.is_active = False
    admin.save()
    assert not admin_exists()


@pytest.mark.django_db(transaction=True)
def test_two_set_ups_at_once_make_one_admin() -> None:
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def set_up(number: int) -> None:
        start.wait()
        try:
            add_first_admin(f"admin{number}", GOOD)
            outcomes.append("made")
        except AdminExistsError:
            outcomes.append("exists")
        finally:
            connection.close()

    threads = [threading.Thread(target=set_up, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["exists", "exists", "exists", "made"]
    assert User.objects.count() == 1
