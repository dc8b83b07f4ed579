"""What becomes of a send after an answer."""

from __future__ import annotations

import pytest

from dingbell.channels.base import Result, Verdict
from dingbell.delivery.retry import Again, Decision, Elsewhere, Failed, Mend, Sent, backoff_us, decide, decide_apart
from dingbell.storage.times import DAY, MINUTE, SECOND

NOW = 10 * DAY


def decided(
    result: Result,
    *,
    idempotent: bool = True,
    tries: int = 1,
    unknowns: int = 0,
    age_us: int = 0,
    mended: str = "",
) -> Decision:
    return decide(
        result, idempotent=idempotent, tries=tries, unknowns=unknowns, created_us=NOW - age_us, now_us=NOW,
        mended=mended,
    )  # fmt: skip


def test_taken_is_sent() -> None:
    assert decided(Result(Verdict.SENT, "ok")) == Sent()


@pytest.mark.parametrize(
    "verdict",
    [Verdict.REFUSED_CONFIGURATION, Verdict.REFUSED_CONTENT, Verdict.REFUSED_RECIPIENT],
)
def test_a_refusal_is_final(verdict: Verdict) -> None:
    assert decided(Result(verdict, "why")) == Failed("why")


def test_what_the_quota_refuses_waits_for_it_and_keeps_its_uuid_where_it_may_have_been_taken() -> None:
    used_up = Result(Verdict.QUOTA, "used_up")
    assert decided(used_up) == Elsewhere("used_up")
    assert decided(used_up, unknowns=1) == Again(NOW + 10 * MINUTE, "used_up")
    assert decided(used_up, unknowns=1, age_us=DAY) == Failed("used_up")
    assert decided(used_up, unknowns=1, idempotent=False) == Elsewhere("used_up")


def test_the_wait_is_the_longer_of_what_dingtalk_asks_and_the_backoff() -> None:
    assert decided(Result(Verdict.RETRY, "busy", wait_s=30)) == Again(NOW + 30 * SECOND, "busy")
    assert decided(Result(Verdict.RETRY, "busy"), tries=4) == Again(NOW + 8 * SECOND, "busy")
    assert decided(Result(Verdict.HOLD, "limited", wait_s=600)) == Again(NOW + 600 * SECOND, "limited")


def test_the_backoff_doubles_up_to_a_minute() -> None:
    assert [backoff_us(tries) // SECOND for tries in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert backoff_us(10**6) == MINUTE


def test_a_message_that_dingtalk_may_not_like_is_given_up_after_ten_tries() -> None:
    strange = Result(Verdict.RETRY, "robot_system_error", http_status=200)
    assert isinstance(decided(strange, tries=9), Again)
    assert decided(strange, tries=10) == Failed("robot_system_error")


def test_trouble_of_dingtalk_itself_is_waited_out_for_a_day() -> None:
    busy = Result(Verdict.RETRY, "server_error", http_status=503)
    assert isinstance(decided(busy, tries=1000, age_us=DAY - 2 * MINUTE), Again)
    assert decided(busy, tries=1000, age_us=DAY) == Failed("server_error")


def test_a_dead_network_is_tried_for_a_day() -> None:
    dead = Result(Verdict.RETRY, "dns_failed")
    assert isinstance(decided(dead, tries=1000, age_us=DAY - 2 * MINUTE), Again)
    assert decided(dead, tries=1000, age_us=DAY) == Failed("dns_failed")


def test_a_held_robot_is_tried_for_a_day() -> None:
    held = Result(Verdict.HOLD, "limited", http_status=200, wait_s=600)
    assert isinstance(decided(held, tries=100, age_us=DAY - 11 * MINUTE), Again)
    assert decided(held, tries=100, age_us=DAY) == Failed("limited")


def test_an_unknown_fate_is_repeated_once_for_a_person_and_on_and_on_for_a_group() -> None:
    lost = Result(Verdict.UNKNOWN, "timeout")
    assert isinstance(decided(lost, idempotent=False, unknowns=1), Again)
    assert decided(lost, idempotent=False, unknowns=2, tries=2) == Failed("outcome_unknown")
    assert isinstance(decided(lost, idempotent=True, unknowns=50, tries=50), Again)


@pytest.mark.parametrize(
    ("reason", "how"),
    [
        ("unsafe_link", "sanitised"),
        ("unsuitable_text", "sanitised"),
        ("message_too_long", "shortened"),
        ("mention_all_forbidden", "uncalled"),
    ],
)
def test_refused_words_are_mended_once(reason: str, how: str) -> None:
    refused = Result(Verdict.REFUSED_CONTENT, reason)
    assert decided(refused) == Mend(how, reason)
    assert decided(refused, mended=how) == Failed(reason)


def test_what_no_mending_helps_is_refused_at_once() -> None:
    assert decided(Result(Verdict.REFUSED_CONTENT, "body_not_json")) == Failed("body_not_json")
    assert decided(Result(Verdict.REFUSED_CONFIGURATION, "robot_disabled")) == Failed("robot_disabled")


def test_a_person_who_is_throttled_is_tried_ever_more_rarely_for_a_day() -> None:
    throttled = Result(Verdict.RETRY, "recipient_flow_controlled", http_status=200, wait_s=60)
    now_us, waits = NOW, []
    while isinstance(decision := decide_apart(throttled, created_us=NOW, now_us=now_us), Again):
        waits.append((decision.due_us - now_us) // SECOND)
        now_us = decision.due_us
    assert waits[:5] == [60, 60, 60, 90, 135]
    assert decision == Failed("recipient_flow_controlled")
    assert 10 < len(waits) < 25
    assert now_us - NOW > DAY // 2


def test_a_person_who_is_refused_is_not_tried_again() -> None:
    gone = Result(Verdict.REFUSED_RECIPIENT, "recipient_unknown", http_status=200)
    assert decide_apart(gone, created_us=NOW, now_us=NOW) == Failed("recipient_unknown")
