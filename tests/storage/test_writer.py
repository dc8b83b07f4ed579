"""Group commit: who waits together is written together, and nobody pays for another's fault."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction

from dingbell.storage.models import Counter
from dingbell.storage.writer import Overloaded, StorageUnavailable, Task, Writer

T = TypeVar("T")


def _insert(names: Sequence[str]) -> list[str]:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("INSERT INTO storage_counter (name, value) VALUES (%s, 0)", [name])
    return [name.upper() for name in names]


INSERT = Task("insert", _insert)


@contextmanager
def busy(writer: Writer) -> Iterator[None]:
    """The writer writes something else, so that what is submitted meanwhile comes to stand in one group."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(inputs: Sequence[None]) -> list[None]:
        begun.set()
        go_on.wait(10)
        return list(inputs)

    waiting = writer.submit(Task("wait", wait), None)
    begun.wait(10)
    yield
    go_on.set()
    waiting.result(10)


def names() -> set[str]:
    return set(Counter.objects.values_list("name", flat=True))


def test_those_who_wait_share_one_transaction_and_get_their_own_answers(writer: Writer) -> None:
    with busy(writer):
        before = writer.transaction
        answers = [writer.submit(INSERT, f"n{number}") for number in range(50)]
    assert [answer.result(10) for answer in answers] == [f"N{number}" for number in range(50)]
    assert writer.transaction == before + 1
    assert len(names()) == 50


def test_the_answer_comes_after_the_commit_and_after_what_hangs_on_it(writer: Writer) -> None:
    happened: list[str] = []

    def run(inputs: Sequence[str]) -> list[str]:
        transaction.on_commit(lambda: happened.append("committed"))
        return _insert(inputs)

    writer.submit(Task("run", run), "a").result(10)
    assert happened == ["committed"]
    assert names() == {"a"}


@pytest.mark.parametrize("poison", ["taken", "x" * 5000, None])
def test_one_poisoned_input_does_not_fail_its_neighbours(writer: Writer, poison: str | None) -> None:
    def run(inputs: Sequence[str | None]) -> list[str]:
        checked: list[str] = []
        for one in inputs:
            if one is None or len(one) > 1000:
                raise ValueError("poison")
            checked.append(one)
        return _insert(checked)

    task = Task("run", run)
    writer.submit(task, "taken").result(10)
    with busy(writer):
        good, bad, other = (writer.submit(task, one) for one in ("good", poison, "other"))
    assert (good.result(10), other.result(10)) == ("GOOD", "OTHER")
    assert isinstance(bad.exception(10), StorageUnavailable | ValueError)
    assert names() == {"taken", "good", "other"}


def test_what_a_failed_transaction_wrote_is_gone(writer: Writer) -> None:
    def run(inputs: Sequence[str]) -> list[str]:
        _insert(inputs)
        raise ValueError("after the insert")

    assert isinstance(writer.submit(Task("run", run), "a").exception(10), ValueError)
    assert names() == set()
    assert writer.submit(INSERT, "a").result(10) == "A"


def in_a_loop(run: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """In a thread of its own: the browser of other tests keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(run())).result(30)


def test_an_event_loop_waits_without_blocking(writer: Writer) -> None:
    async def both() -> list[str]:
        return await asyncio.gather(*(writer.submit_async(INSERT, name) for name in ("a", "b")))

    assert in_a_loop(both) == ["A", "B"]


def test_a_client_that_went_away_harms_nobody(writer: Writer) -> None:
    async def leave() -> None:
        waiting = asyncio.ensure_future(writer.submit_async(INSERT, "a"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    with busy(writer):
        in_a_loop(leave)
    assert writer.submit(INSERT, "b").result(10) == "B"


def test_too_much_that_waits_is_refused(transactional_db: None) -> None:
    writer = Writer(waiting=10)
    writer.start()
    with busy(writer):
        accepted = writer.submit(INSERT, "a", weight=10)
        with pytest.raises(Overloaded):
            writer.submit(INSERT, "b")
    accepted.result(10)
    writer.submit(INSERT, "c").result(10)
    writer.stop()


def test_stopping_writes_what_waits_and_refuses_what_comes_later(transactional_db: None) -> None:
    writer = Writer(batch=1)
    writer.start()
    with busy(writer):
        waiting = [writer.submit(INSERT, f"n{number}") for number in range(5)]
    writer.stop()
    assert [answer.result(0) for answer in waiting] == [f"N{number}" for number in range(5)]
    with pytest.raises(StorageUnavailable):
        writer.submit(INSERT, "late")
