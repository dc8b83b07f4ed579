"""When DingTalk is asked who has read a message, what is kept of it, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.delivery import quota, receipts
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Manner, Send, Usage
from dingbell.delivery.receipts import Heard
from dingbell.notify.models import Service
from dingbell.pipeline.receipts import Refused
from dingbell.storage.times import DAY, HOUR, MINUTE
from dingbell.storage.writer import Writer
from dingtalk_simulator.running import RunningSimulator
from tests.storage.chats import READ_PATH, Chats
from tests.storage.conftest import NOW, Node


@pytest.fixture
def chats(node: Node, writer: Writer, simulator: RunningSimulator) -> Iterator[Chats]:
    made = Chats(node, writer, simulator)
    yield made
    made.http.close()


def watched(chats: Chats) -> str:
    send_id = chats.told(1, manner=Manner.RECEIPTS)
    Send.objects.filter(id=send_id).update(read_check_us=receipts.next_check(NOW, NOW))
    return send_id


def due(send_id: str) -> int | None:
    """Minutes after NOW at which DingTalk is asked next."""
    at_us = Send.objects.get(id=send_id).read_check_us
    return None if at_us is None else (at_us - NOW) // MINUTE


def look(chats: Chats, minutes: float) -> None:
    chats.node.now_us = NOW + int(minutes * MINUTE)
    while chats.follow_ups.receipts.check():
        pass


def test_nobody_asks_early_or_unasked(chats: Chats) -> None:
    chats.told(1)
    assert due(watched(chats)) == 2
    look(chats, 1.9)
    assert chats.calls(READ_PATH) == 0


def test_readers_are_kept_until_all_have_read(chats: Chats) -> None:
    send_id = watched(chats)
    chats.simulator.post("/_sim/read", {"user_id": "li"})
    look(chats, 2)
    assert [one.read_us for one in chats.of(send_id)] == [None, NOW + 2 * MINUTE]
    assert due(send_id) == 7
    chats.simulator.post("/_sim/read", {"user_id": "zhang"})
    look(chats, 7)
    assert [one.read_us for one in chats.of(send_id)] == [NOW + 7 * MINUTE, NOW + 2 * MINUTE]
    assert due(send_id) is None
    assert [(use.pool, use.calls) for use in Usage.objects.all()] == [("api", 2)]


def test_the_questions_grow_rare_and_end(chats: Chats) -> None:
    send_id = watched(chats)
    asked = []
    while (minute := due(send_id)) is not None:
        asked.append(minute)
        look(chats, minute)
    assert asked == [2, 7, 22, 82, 442, 802, 1162]
    assert chats.calls(READ_PATH) == len(asked)


def test_a_late_look_is_still_one(chats: Chats) -> None:
    send_id = watched(chats)
    look(chats, 81.5)  # the program stood still: no two questions within a minute
    assert (chats.calls(READ_PATH), due(send_id)) == (1, 442)
    look(chats, 25 * 60)
    assert (chats.calls(READ_PATH), due(send_id)) == (1, None)


@given(age=st.integers(0, 2 * DAY))
def test_the_next_question_is_ahead_and_within_the_day(age: int) -> None:
    following = receipts.next_check(NOW, NOW + age)
    assert following is None or NOW + age + MINUTE <= following < NOW + DAY


def test_what_cost_nothing_is_asked_again_soon(chats: Chats) -> None:
    send_id = watched(chats)
    look(chats, 22)
    chats.fault(READ_PATH, times=1, drop=True)
    look(chats, 82)
    assert due(send_id) == 87
    chats.fault(READ_PATH, times=1, code="processQueryKey.expireTime")  # this was counted: the usual time
    look(chats, 87)
    assert due(send_id) == 442
    chats.fault(READ_PATH, times=1, code="invalid.processQueryKey")
    look(chats, 442)
    assert due(send_id) is None


def test_a_process_that_died_in_between_loses_nothing(chats: Chats) -> None:
    send_id = watched(chats)
    chats.node.now_us = NOW + 2 * MINUTE
    [[taken]] = receipts.take_due([chats.node.now_us])
    assert taken.send_id == send_id
    assert receipts.take_due([chats.node.now_us]) == [[]]
    look(chats, 7)
    assert chats.calls(READ_PATH) == 1


def test_while_the_month_runs_short_nobody_asks(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    send_id = watched(chats)
    monkeypatch.setattr(quota, "mode", lambda *_: Mode.MERGE)
    look(chats, 2)
    assert (chats.calls(READ_PATH), due(send_id)) == (0, 7)


def test_a_message_that_dingtalk_says_is_gone_is_gone(chats: Chats) -> None:
    send_id = watched(chats)
    chats.fault(READ_PATH, times=1, body={"sendStatus": "RECALLED", "messageReadInfoList": []})
    look(chats, 2)
    assert {one.recalled_us for one in chats.of(send_id)} == {NOW + 2 * MINUTE}
    assert due(send_id) is None


def test_somebody_asks_by_hand(chats: Chats) -> None:
    send_id = chats.told(1)
    first, second = chats.of(send_id)
    chats.simulator.post("/_sim/read", {"user_id": "zhang"})
    looked = chats.follow_ups.receipts.look(first.id)
    assert looked.read == {first.account_id: True, second.account_id: False}
    assert [one.read_us for one in chats.of(send_id)] == [NOW, None]
    assert due(send_id) is None
    watching = watched(chats)
    chats.follow_ups.receipts.look(chats.of(watching)[0].id)
    assert due(watching) == 2


def test_what_cannot_be_asked_is_refused(chats: Chats) -> None:
    one = chats.of(chats.told(1))[0]

    def refused() -> str:
        with pytest.raises(Refused) as raised:
            chats.follow_ups.receipts.look(one.id)
        return raised.value.reason

    Send.objects.update(process_query_key="")
    assert refused() == "without_key"
    Send.objects.update(process_query_key="k")
    Service.objects.update(client_id="another app")
    assert refused() == "app_changed"
    Service.objects.all().delete()
    assert refused() == "service_deleted"
    chats.node.now_us = NOW + 24 * HOUR
    assert refused() == "too_old"
    one.state = "failed"
    one.save()
    assert refused() == "not_sent"
    one.account_id, one.robot_id = None, 1
    one.save()
    assert refused() == "not_a_person"
    one.delete()
    assert refused() == "missing"
    assert chats.calls(READ_PATH) == 0


def test_what_dingtalk_tells_by_itself_is_kept_once(chats: Chats) -> None:
    send_id, other = chats.told(1), chats.told(2)
    key = Send.objects.get(id=send_id).process_query_key
    receipts.hear([Heard(key, "li", NOW + 5), Heard(key, "li", NOW + 9), Heard(key, "nobody", NOW), Heard("", "li", 1)])
    assert [one.read_us for one in chats.of(send_id)] == [None, NOW + 5]
    assert [one.read_us for one in chats.of(other)] == [None, None]


def test_where_dingtalk_tells_by_itself_it_is_asked_late(
    chats: Chats, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send_id = watched(chats)
    heard: list[str] = []
    monkeypatch.setattr(chats.follow_ups.receipts, "_hears", lambda credential: not heard.append(credential))
    for minute in (2, 7, 22):
        look(chats, minute)
    assert (chats.calls(READ_PATH), due(send_id)) == (0, 82)
    assert set(heard) == {chats.of(send_id)[0].lane}
    look(chats, 82)
    assert chats.calls(READ_PATH) == 1
