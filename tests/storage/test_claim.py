"""The states of a delivery, step by step, as the worker's tasks write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from dingbell.alarms.alarm import Alarm, EventKind, Transition
from dingbell.channels.base import Result, Verdict
from dingbell.delivery import claim, fallbacks, leases, outbox, queue
from dingbell.delivery.budget import Limits
from dingbell.delivery.claim import CHUNK, Conclude, Finish, Freeze, GoOn, Move, Repair, Settle, Tag, TryAgain
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Attempt, Delivery, DeliveryState, Lane, Send, SendKind
from dingbell.delivery.plan import LaneView, Repeat, Rest, Start, Step, next_step
from dingbell.delivery.queue import Credentials, Patience
from dingbell.delivery.retry import Again, Failed, Sent
from dingbell.notify.routing import Target
from dingbell.storage.times import SECOND
from tests.storage.conftest import NOW

pytestmark = pytest.mark.django_db
LANE = "r:1"
OK = Result(Verdict.SENT, "ok", http_status=200)
HAPPENED = Transition(kind=EventKind.RAISED, alarm=Alarm(id=1, source="plc", key="k"), time_us=NOW)
BUSY = Result(Verdict.RETRY, "server_error", http_status=503, text="Service Unavailable")


def owe(count: int = 1, *, robot: int | None = 1, event: int = 1) -> tuple[int, ...]:
    first = Delivery.objects.count() + 1
    ids = tuple(range(first, first + count))
    targets = {id_: Target(1, 0, 1, robot, None if robot else id_, "值班群", LANE, "") for id_ in ids}
    outbox.insert([outbox.delivery_row(id_, event, HAPPENED, target, NOW) for id_, target in targets.items()])
    return ids


def do(task: Any, one: object) -> Any:
    with transaction.atomic():
        [answer] = task([one])
    return answer


def freeze(ids: Sequence[int], *, lease: str = "me", send: str = "s1") -> int | None:
    attempt: int | None = do(claim.freeze, Freeze(LANE, lease, send, 1, 1, "{}", tuple(ids), NOW, NOW))
    return attempt


def finish(attempt: int, result: Result, decision: object, ids: Sequence[int], **more: Any) -> None:
    lease = more.pop("lease", "me")
    do(claim.finish, Finish(LANE, lease, "s1", attempt, result, decision, tuple(ids), NOW + SECOND, **more))


def look(at_us: int) -> LaneView:
    return queue.view(LANE, Credentials(), Limits(), Patience(), 0, at_us)


def step_at(at_us: int) -> Step:
    return next_step(look(at_us), Limits(), Mode.NORMAL, at_us)


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("id").values_list("state", "reason"))


def test_frozen_means_sending_and_taken_means_sent() -> None:
    ids = owe(2)
    attempt = freeze(ids)
    assert attempt is not None
    assert states() == [("sending", "")] * 2
    finish(attempt, OK, Sent(), ids)
    assert states() == [("sent", "")] * 2
    assert Send.objects.get().state == "taken"
    assert Delivery.objects.get(id=1).sent_us == NOW + SECOND


def test_what_goes_again_later_is_pending_with_the_reason_and_still_frozen() -> None:
    ids = owe(1)
    later = owe(1, event=2)
    attempt = freeze(ids)
    assert attempt is not None
    finish(attempt, BUSY, Again(NOW + 5 * SECOND, "server_error"), ids, hold_until_us=NOW + 5 * SECOND)
    assert states() == [("pending", "server_error"), ("pending", "")]
    lane = Lane.objects.get()
    assert (lane.hold_until_us, lane.hold_reason) == (NOW + 5 * SECOND, "server_error")
    assert [waiting.id for receiver in look(NOW + 2 * SECOND).queues for waiting in receiver.ready] == []
    assert later, "the same alarm's next message waits for this one"
    assert step_at(NOW + 2 * SECOND) == Rest(NOW + 5 * SECOND)
    step = step_at(NOW + 5 * SECOND)
    assert isinstance(step, Repeat)
    assert (step.send.id, step.send.body, step.send.tries) == ("s1", "{}", 1)
    assert do(claim.try_again, TryAgain(LANE, "me", "s1", NOW + 5 * SECOND)) is not None
    assert states()[0] == ("sending", "server_error")
    assert look(NOW).frozen


def test_nothing_is_frozen_twice() -> None:
    ids = owe(2)
    freeze(ids[:1])
    assert freeze(ids, send="s2") is None
    assert Send.objects.count() == 1


def test_a_refusal_dissolves_the_send_and_names_the_reason() -> None:
    ids = owe(1)
    attempt = freeze(ids)
    assert attempt is not None
    finish(attempt, Result(Verdict.REFUSED_CONTENT, "body_too_large", code="460101"), Failed("body_too_large"), ids)
    assert states() == [("failed", "body_too_large")]
    assert Send.objects.get().state == "dissolved"
    assert Attempt.objects.get().code == "460101"


def test_each_person_may_fare_differently() -> None:
    ids = owe(3, robot=None)
    attempt = freeze(ids)
    assert attempt is not None
    throttled = Result(Verdict.RETRY, "recipient_throttled", code="flowControlledStaffIdList")
    unknown = Result(Verdict.REFUSED_RECIPIENT, "recipient_unknown", code="invalidStaffIdList")
    apart = {
        ids[1]: (throttled, Again(NOW + 60 * SECOND, "recipient_throttled")),
        ids[2]: (unknown, Failed("recipient_unknown")),
    }
    finish(attempt, OK, Sent(), ids, apart=apart)
    assert states() == [("sent", ""), ("pending", "recipient_throttled"), ("failed", "recipient_unknown")]
    assert step_at(NOW + SECOND) == Rest(NOW + 60 * SECOND)
    step = step_at(NOW + 60 * SECOND)
    assert isinstance(step, Start)
    assert [waiting.id for waiting in step.deliveries] == [ids[1]]
    assert len(look(NOW + SECOND).members[0].calls) == 1, "one call, whatever it brought to whom"


def test_a_lost_lease_leaves_the_send_to_its_new_holder_unless_it_was_taken() -> None:
    ids = owe(1)
    attempt = freeze(ids)
    assert attempt is not None
    Lane.objects.update(lease="another", lease_until_us=NOW * 10)
    finish(attempt, BUSY, Failed("server_error"), ids)
    assert states() == [("sending", "")]
    finish(attempt, OK, Sent(), ids)
    assert states() == [("sent", "")]


def test_what_another_worker_has_begun_is_neither_settled_nor_moved_by_a_late_look() -> None:
    ids = owe(1)
    freeze(ids)
    do(claim.settle, Settle(ids, DeliveryState.FAILED, "receiver_deleted"))
    do(claim.move, Move(ids, "r:2"))
    assert states() == [("sending", "")]
    assert Delivery.objects.get().lane == LANE
    do(claim.settle, Settle(ids, DeliveryState.FAILED, "receiver_deleted", "s1"))
    assert states() == [("failed", "receiver_deleted")]


def test_a_replaced_webhook_takes_along_what_its_lane_owes() -> None:
    ids = owe(2)
    freeze(ids[:1])
    do(claim.move, Move(ids[:1], "r:2", dissolve="s1"))
    do(claim.move, Move(ids[1:], "r:2"))
    assert set(Delivery.objects.values_list("lane", "state", "send_id")) == {("r:2", "pending", "")}
    assert queue.lanes_with_work() == {"r:2"}


def test_a_hold_is_never_shortened() -> None:
    first, second = owe(1), owe(1, event=2)
    attempt = freeze(first)
    assert attempt is not None
    finish(attempt, BUSY, Again(NOW + 600, "server_error"), first, hold_until_us=NOW + 600)
    do(claim.finish, Finish(LANE, "me", "s2", attempt, OK, Sent(), second, NOW, hold_until_us=NOW + 60))
    assert (Lane.objects.get().hold_until_us, Lane.objects.get().hold_reason) == (NOW + 600, "server_error")


def test_a_large_digest_is_begun_and_ended_in_several_transactions_and_repaired_after_a_crash() -> None:
    ids = owe(CHUNK + 500)
    early, late = ids[:500], ids[500:]
    assert do(claim.tag, Tag(LANE, "me", "d1", early, NOW)) is True
    assert look(NOW).orphans
    do(claim.repair, Repair(LANE, "me", NOW))  # the process died before the digest was frozen
    assert set(states()) == {("pending", "")}
    assert do(claim.tag, Tag(LANE, "me", "d2", early, NOW)) is True
    begin = Freeze(LANE, "me", "d2", 1, 1, "{}", late, NOW, NOW, kind=SendKind.DIGEST)
    attempt = do(claim.freeze, begin)
    assert not look(NOW).orphans
    do(claim.finish, Finish(LANE, "me", "d2", attempt, OK, Sent(), ids, NOW, is_digest=True))
    assert Delivery.objects.filter(state="sent", digest="d2").count() == CHUNK
    assert look(NOW).orphans
    do(claim.repair, Repair(LANE, "me", NOW))  # it died before the rest was written down
    assert set(states()) == {("sent", "")}
    assert do(claim.conclude, Conclude("d2", Sent(), NOW)) == 0


def test_what_waits_in_another_digest_is_not_taken() -> None:
    ids = owe(3)
    assert freeze(ids[2:]) is not None
    assert do(claim.tag, Tag(LANE, "me", "d1", ids, NOW)) is False
    assert [state for state, _ in states()] == ["pending", "pending", "sending"]


def test_what_a_call_brought_and_the_next_send_are_written_together() -> None:
    first, second = owe(1), owe(1, event=2)
    attempt = freeze(first)
    assert attempt is not None
    following = Freeze(LANE, "me", "s2", 1, 1, "{}", second, NOW, NOW + SECOND)
    begun = do(claim.go_on, GoOn(Finish(LANE, "me", "s1", attempt, OK, Sent(), first, NOW + SECOND), following))
    assert begun is not None
    assert states() == [("sent", ""), ("sending", "")]
    assert [(one.id, one.send_id) for one in Attempt.objects.order_by("id")] == [(attempt, "s1"), (begun, "s2")]


def test_a_lease_is_written_when_half_its_time_is_over() -> None:
    with transaction.atomic():
        assert leases.take(LANE, "me", NOW)
        until_us = Lane.objects.get().lease_until_us
        assert leases.take(LANE, "me", NOW + SECOND)
        assert Lane.objects.get().lease_until_us == until_us
        Lane.objects.update(lease_until_us=until_us - leases.LEASE_US // 2)
        assert leases.take(LANE, "me", NOW + SECOND)
        assert Lane.objects.get().lease_until_us >= until_us


def test_without_the_lease_what_was_taken_is_written_and_nothing_is_begun() -> None:
    first, second = owe(1), owe(1, event=2)
    attempt = freeze(first)
    assert attempt is not None
    Lane.objects.update(lease="another", lease_until_us=NOW * 10)
    following = Freeze(LANE, "me", "s2", 1, 1, "{}", second, NOW, NOW)
    finished = Finish(LANE, "me", "s1", attempt, OK, Sent(), first, NOW + SECOND)
    assert do(claim.go_on, GoOn(finished, following)) is None
    assert states() == [("sent", ""), ("pending", "")]


@pytest.mark.parametrize("settled", [True, False], ids=["before a call", "after a call"])
def test_a_failure_is_told_once_it_is_on_disk(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, *, settled: bool
) -> None:
    told: list[list[str]] = []

    def listen(**_: object) -> None:
        told.append([state for state, _ in states()])

    fallbacks.failed.connect(listen)
    try:
        ids = owe()
        with django_capture_on_commit_callbacks(execute=True):
            if settled:
                do(claim.settle, Settle(ids, DeliveryState.FAILED, "receiver_deleted"))
            else:
                finish(freeze(ids) or 0, BUSY, Failed("server_error"), ids)
            assert told == []
    finally:
        fallbacks.failed.disconnect(listen)
    assert told == [["failed"]]
