"""What one receiver gets next: alone what fits, together what does not, and critical alarms before all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dingbell.delivery import digest
from dingbell.delivery.budget import ROBOT, Call, Limit, slots
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Manner, SendKind
from dingbell.delivery.turn import Alone, Later, Queue, Terms, Together, Turn, next_turn
from dingbell.delivery.waiting import Waiting
from dingbell.storage.times import MINUTE, SECOND

NOW = 10_000 * SECOND
TERMS = Terms(ROBOT, 30)


def waits(id_: int, *, alarm: int | None = None, priority: int = 2, kind: str = "raised", manner: int = 0) -> Waiting:
    of = id_ if alarm is None else alarm
    return Waiting(id_, id_, 1, 7, None, 0, 0, alarm_id=of, priority=priority, kind=kind, manner=manner)


def turn(waiting: list[Waiting], calls: list[Call] | None = None, mode: Mode = Mode.NORMAL, now: int = NOW) -> Turn:
    terms = Terms(ROBOT, 30, mode)
    return next_turn(Queue(None, waiting, len(waiting), calls or []), terms, now)


def many(count: int, **more: int) -> list[Waiting]:
    return [waits(n, **more) for n in range(1, count + 1)]  # type: ignore[arg-type]


def test_what_fits_goes_alone_and_a_share_is_kept_for_what_matters() -> None:
    assert turn(many(13)) == Alone(waits(1))
    assert turn(many(14)) == Together()
    assert isinstance(turn(many(15, priority=4)), Alone)
    assert turn([*many(13), waits(90, priority=4), waits(91, kind="cleared")]) == Alone(waits(1))


def test_of_too_many_three_critical_ones_a_minute_go_alone() -> None:
    waiting = [waits(n, priority=4 if n % 2 else 2) for n in range(1, 60)]
    assert turn(waiting) == Alone(waits(1, priority=4), SendKind.URGENT)
    gone = [Call(NOW - n * SECOND, SendKind.URGENT.value) for n in (3, 2, 1)]
    assert turn(waiting, gone) == Together()


def test_a_critical_one_of_which_more_waits_goes_into_the_digest_so_its_order_holds() -> None:
    flapping = [
        waits(1, alarm=5, priority=4),
        waits(2, alarm=5, priority=4, kind="cleared"),
        *(waits(n) for n in range(10, 40)),
    ]
    assert turn(flapping) == Together()


def test_digests_come_at_once_and_then_ever_more_rarely() -> None:
    made: list[int] = []
    moments = []
    now = NOW
    for _ in range(7):
        now = digest.next_at(made, now)
        moments.append((now - NOW) // SECOND)
        made.append(now)
    assert moments == [0, 10, 30, 70, 130, 190, 250]
    assert digest.next_at(made, now + 121 * SECOND) == now + 121 * SECOND, "a new storm begins at once"


def test_between_two_digests_it_says_what_is_waited_for() -> None:
    made = [Call(NOW - 4 * SECOND, SendKind.DIGEST.value)]
    assert turn(many(40), made) == Later(NOW + 6 * SECOND, "waiting_for_digest")
    assert turn([*many(40), waits(90, priority=4)], made) == Alone(waits(90, priority=4), SendKind.URGENT)


def test_a_storm_always_finds_a_slot_for_its_digest() -> None:
    calls: list[Call] = []
    now, waiting = NOW, many(500, priority=4)
    for second in range(180):
        now = NOW + second * SECOND
        while True:
            queue = Queue(None, waiting[:60], len(waiting), [c for c in calls if c.at_us > now - 180 * SECOND])
            step = next_turn(queue, TERMS, now)
            if isinstance(step, Later):
                break
            calls.append(Call(now, SendKind.DIGEST.value if isinstance(step, Together) else step.kind.value))
            waiting = [waits(n, priority=4) for n in range(second * 500, second * 500 + 500)]
    window = ROBOT.window_us
    for call in calls:
        assert sum(call.at_us <= other.at_us < call.at_us + window for other in calls) <= ROBOT.calls
    digests = [(call.at_us - NOW) // SECOND for call in calls if call.kind == SendKind.DIGEST]
    assert digests == [0, 10, 30, 70, 130]


def test_a_digest_of_one_is_its_message() -> None:
    full = [Call(NOW - 2 * MINUTE, SendKind.DIGEST.value), *(Call(NOW - n * SECOND) for n in range(15, 0, -1))]
    assert turn([waits(1)], full) == Alone(waits(1))


def test_what_its_block_wants_collected_goes_together() -> None:
    gathered = [waits(n, manner=int(Manner.GATHERED)) for n in (1, 2)]
    assert turn(gathered) == Together(gathered=True)
    assert turn(gathered[:1]) == Alone(gathered[0])


def test_a_short_quota_merges_and_then_sends_critical_alarms_only() -> None:
    assert turn(many(2), mode=Mode.MERGE) == Together()
    assert turn(many(1), mode=Mode.MERGE) == Alone(waits(1))
    assert turn(many(2), mode=Mode.CRITICAL) == Later(None, "waiting_for_quota")
    urgent = waits(9, priority=4)
    assert turn([*many(2), urgent], mode=Mode.CRITICAL) == Alone(urgent, SendKind.URGENT)


@given(
    st.integers(1, 40), st.integers(0, 100),
    st.lists(st.tuples(st.integers(0, 59), st.sampled_from(list(SendKind))), max_size=40),
)  # fmt: skip
def test_slots_of_a_kind_never_exceed_those_of_any(calls: int, share: int, made: list[tuple[int, SendKind]]) -> None:
    drawn = [Call(NOW - age * SECOND, kind.value) for age, kind in made]
    free = slots(drawn, Limit(calls, MINUTE), share, NOW)
    assert free.any == calls - len(drawn)
    assert max(free.alone, free.ordinary) <= free.any
