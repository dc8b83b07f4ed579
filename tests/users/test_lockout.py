"""Lock-out after repeated wrong passwords."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from dingbell.storage.times import SECOND
from dingbell.users import lockout
from dingbell.users.lockout import TRIES, Locked, locked_for_us
from dingbell.users.models import SignInTries

MINUTE = 60 * SECOND
NOW = 1_800_000_000 * SECOND


def test_each_further_try_doubles_the_time_up_to_an_hour() -> None:
    assert [locked_for_us(tries) // MINUTE for tries in range(3, 12)] == [0, 0, 5, 10, 20, 40, 60, 60, 60]


@pytest.mark.django_db
def test_a_name_is_locked_whatever_its_case_or_width_and_after_an_hour_at_most_tried_again() -> None:
    assert [lockout.attempt("wang", NOW) for _ in range(TRIES)] == [False] * 4 + [True]
    with pytest.raises(Locked) as locked:
        lockout.attempt(" ＷＡＮＧ", NOW + 299 * SECOND)
    assert locked.value.until_us == NOW + 300 * SECOND
    assert lockout.attempt("wang", NOW + 300 * SECOND)
    assert lockout.locked_until(["li", "wang"], NOW + 301 * SECOND) == {"wang": NOW + 900 * SECOND}
    assert not lockout.attempt("li", NOW)
    assert lockout.unlock("Wang")
    assert not lockout.unlock("Wang")
    assert not lockout.attempt("wang", NOW + 301 * SECOND)


@pytest.mark.django_db
def test_a_clock_that_was_set_back_locks_nobody_out_for_its_hours() -> None:
    for _ in range(TRIES):
        lockout.attempt("wang", NOW)
    set_back_us = NOW - 8 * 3600 * SECOND
    assert lockout.locked_until(["wang"], set_back_us) == {}
    assert lockout.attempt("wang", set_back_us)
    with pytest.raises(Locked):
        lockout.attempt("wang", set_back_us + SECOND)


@pytest.mark.django_db
def test_tries_are_forgotten_after_a_day() -> None:
    for _ in range(TRIES):
        lockout.attempt("wang", NOW)
    lockout.attempt("li", NOW + 25 * 3600 * SECOND)
    assert SignInTries.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_do_not_slip_through() -> None:
    lockout.attempt("wang", NOW)
    start = threading.Barrier(8)
    passed: list[bool] = []

    def guess() -> None:
        start.wait()
        try:
            passed.append(lockout.attempt("wang", NOW))
        except Locked:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == TRIES - 1
