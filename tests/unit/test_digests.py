"""What a digest says: its sums, its size, the latest state of every alarm, and text that cannot act."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dingbell.alarms.alarm import Alarm, EventKind, Priority
from dingbell.channels.base import Button, Form, Message
from dingbell.channels.dingtalk.fitting import size
from dingbell.notify.messages import digests
from dingbell.notify.messages.digests import Digest, Fits, Told, compose, compose_own, gather
from dingbell.notify.messages.documents import ButtonDocument, ContentDocument
from dingbell.notify.messages.rendering import Occurrence
from dingbell.notify.messages.template_faults import TemplateFailed
from dingbell.notify.messages.wordings import Wording
from dingbell.storage.times import DAY, HOUR, SECOND
from dingtalk_simulator.markdown import render
from tests.unit.test_escaping import hostile, tags
from tests.unit.test_rendering import RAISED, SHANGHAI

URL = "https://p/deliveries/?digest=1"
RAISE, CLEAR, ACK = EventKind.RAISED, EventKind.CLEARED, EventKind.ACKED


def at_most(most: int) -> Fits:
    return lambda message: size([message.title, message.text]) <= most


EVERYTHING, NOTHING = at_most(10**9), at_most(0)


def alarm(id_: int, **more: Any) -> Alarm:
    values = {
        "name": f"{id_}号泵压力高", "area": "一车间", "priority": Priority.HIGH, "active": True, "acked": False,
        "raised_us": RAISED + id_ * SECOND,
    }  # fmt: skip
    return Alarm(**{"id": id_, "source": "s", "key": str(id_)} | values | more)


def told(event_id: int, kind: EventKind, about: Alarm, **more: Any) -> Told:
    return Told(event_id, Occurrence(kind, about, RAISED + event_id * SECOND), **more)


def over(about: Alarm, after_us: int = 42 * SECOND) -> Alarm:
    return replace(about, active=False, cleared_us=(about.raised_us or 0) + after_us)


def said(*happened: Told, stale: int = 0, url: str = "", fits: Fits = EVERYTHING) -> list[str]:
    message = compose(gather(happened, stale), url, SHANGHAI, fits).message
    return [message.title, *message.text.splitlines()]


def test_word_for_word() -> None:
    one, two, three = alarm(1, value=12.4, unit="bar"), alarm(2, priority=Priority.CRITICAL), alarm(3, area="二车间")
    happened = [
        told(1, RAISE, one), told(2, RAISE, two), told(3, RAISE, three), told(4, CLEAR, over(three)),
        told(5, ACK, replace(one, acked=True, acked_by="张师傅")),
        told(6, CLEAR, over(alarm(4, priority=Priority.LOW, raised_us=RAISED - 2 * HOUR, acked=True), 2 * HOUR)),
    ]  # fmt: skip
    assert said(*happened, stale=5) == [
        "【合并 4 条】紧急 1 · 高 2",
        "### 合并消息：4 条报警",
        "",
        "- **级别**：🔴 紧急 1 · 🟠 高 2 · 🔵 低 1",
        "- **状态**：仍活动 2 · 已恢复 2（共 6 条通知）",
        "- **区域**：一车间 3 · 二车间 1",
        "- **首发**：08:00:01 1号泵压力高",
        "",
        "#### 报警",
        "",
        "- 🔴 08:00:02 **2号泵压力高** · 一车间",
        "- 🟠 08:00:05 **1号泵压力高** · 一车间 · 12.4 bar · 已确认（张师傅）",
        "- 🟢 08:00:04 **3号泵压力高** · 二车间 · 已恢复，持续 00:42",
        "- 🟢 08:00:06 **4号泵压力高** · 一车间 · 已恢复，持续 2:00:00",
        "- 另有 5 条通知因等待过久已过期，没有单独发送",
    ]


def test_what_is_not_listed_is_counted_with_a_link_to_all() -> None:
    happened = [told(n, RAISE, alarm(n, area="")) for n in range(1, 4)]
    made = compose(gather(happened), URL, SHANGHAI, NOTHING)
    assert made.listed == ()
    assert made.message.text.endswith(f"#### 报警\n\n- […另有 3 条，查看全部]({URL})")
    assert (made.message.form, made.message.buttons) == (Form.ACTION_CARD, (Button("查看全部", URL),))
    without = compose(gather(happened), "", SHANGHAI, NOTHING).message
    assert without.text.endswith("\n- …另有 3 条")
    assert (without.form, without.buttons) == (Form.MARKDOWN, ())
    assert "区域" not in without.text, "no alarm has one"


def test_the_most_urgent_that_is_active_comes_first_and_the_oldest_of_its_kind() -> None:
    happened = [
        told(1, RAISE, alarm(1, priority=Priority.LOW)), told(2, RAISE, alarm(2, priority=Priority.CRITICAL)),
        told(3, CLEAR, over(alarm(3, priority=Priority.CRITICAL))),
        told(4, RAISE, alarm(4, priority=Priority.CRITICAL, raised_us=RAISED - DAY)), told(5, RAISE, alarm(5)),
    ]  # fmt: skip
    made = compose(gather(happened), "", SHANGHAI, EVERYTHING)
    assert made.listed == (4, 2, 5, 1, 3)
    assert "首发**：11-21 08:00:00 4号泵压力高" in made.message.text


def test_the_first_out_is_one_that_was_raised_here_and_still_matters() -> None:
    old = alarm(1, raised_us=RAISED - DAY, acked=True)
    happened = [told(1, ACK, old), *(told(n, RAISE, alarm(n)) for n in (2, 3, 4))]
    assert "- **首发**：08:00:02 2号泵压力高" in said(*happened)
    assert "- **首发**：08:00:03 3号泵压力高" in said(*happened, told(5, CLEAR, over(alarm(2))))
    assert not [line for line in said(*happened[:2]) if "首发" in line], "one alone is no first"


def test_what_was_raised_at_the_same_moment_stands_in_the_order_in_which_it_came() -> None:
    happened = [told(event, RAISE, alarm(id_, raised_us=RAISED)) for event, id_ in enumerate((3, 1, 2))]
    made = compose(gather(happened), "", SHANGHAI, EVERYTHING)
    assert made.listed == (3, 1, 2)
    assert "首发**：08:00:00 3号泵压力高" in made.message.text


def test_nothing_is_active_any_more() -> None:
    assert said(told(1, RAISE, alarm(1)), told(2, CLEAR, over(alarm(1))))[0] == "【合并 1 条】全部已恢复"


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        (EventKind.CHANGED, {"priority": Priority.CRITICAL}, "升级为紧急"),
        (EventKind.CHANGED, {"acked": True, "acked_by": ""}, "升级为高 · 已确认"),
        (EventKind.UNSHELVED, {}, "搁置结束"),
        (EventKind.SHELVED, {"shelved_until_us": RAISED}, "已搁置"),
        (EventKind.CLEARED, {"active": False, "acked": True, "acked_by": "", "raised_us": None}, "已恢复"),
        (
            EventKind.ACKED,
            {"active": False, "acked": True, "acked_by": "a*b", "raised_us": None},
            "已恢复 · 已确认（a＊b）",
        ),
    ],
)
def test_what_else_happened_is_said(kind: EventKind, changes: dict[str, Any], words: str) -> None:
    assert said(told(1, kind, alarm(1, **changes)))[-1].split("** · ")[1] == words


def test_words_that_dingtalk_refused_are_counted_and_not_repeated() -> None:
    bad = alarm(1, name="坏词", area="坏区", priority=Priority.CRITICAL)
    happened = [told(1, RAISE, bad, refused=True), *(told(n, RAISE, alarm(n)) for n in (2, 3))]
    lines = said(*happened)
    assert lines[0] == "【合并 3 条】紧急 1 · 高 2"
    assert "- **区域**：一车间 2 · 其他 1" in lines
    assert lines[-2:] == ["- …另有 1 条", "- 其中 1 条的文字被钉钉拒收，这里只计数，详情请看发送记录"]
    assert "坏" not in "".join(lines)


# --- whatever happens ------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.integers(1, 12), st.sampled_from([RAISE, CLEAR, ACK, EventKind.CHANGED]),
        st.sampled_from(Priority), st.sampled_from(["", "一车间", "其他", *"ABCDEFG"]), st.booleans(),
    ),
    min_size=1, max_size=60,
)  # fmt: skip
Step = tuple[int, EventKind, Priority, str, bool]


def story(steps: Sequence[Step]) -> list[Told]:
    return [
        told(number, kind, alarm(id_, priority=priority, area=area, active=kind is not CLEAR), refused=refused)
        for number, (id_, kind, priority, area, refused) in enumerate(steps, start=1)
    ]


@given(STEPS, st.integers(0, 3000), st.sampled_from(["", URL]))
def test_the_counts_add_up(steps: Sequence[Step], most: int, url: str) -> None:
    gathered = gather(story(steps))
    made = compose(gathered, url, SHANGHAI, at_most(most))
    text, total = made.message.text, len({id_ for id_, *_ in steps})
    assert f"### 合并消息：{total} 条报警" in text
    assert sum(gathered.by_priority().values()) == counts_in(text, "级别") == total
    assert sum(gathered.by_area().values()) in (0, total)
    assert counts_in(text, "区域") in (None, total)
    assert len(gathered.by_area()) <= digests.MOST_AREAS + 1
    others = re.search(r"…另有 (\d+) 条", text)
    assert len(made.listed) + (int(others[1]) if others else 0) == total
    listing = text.split("#### 报警\n\n")[1].split("\n")
    assert len([line for line in listing if "号泵压力高" in line]) == len(made.listed)


def counts_in(text: str, name: str) -> int | None:
    line = re.search(rf"\*\*{name}\*\*：(.*)", text)
    return sum(int(part.rsplit(" ", 1)[1]) for part in line[1].split(" · ")) if line else None


@given(STEPS)
def test_the_latest_state_wins(steps: Sequence[Step]) -> None:
    latest = {id_: kind for id_, kind, *_ in steps}
    listed = [line for line in said(*story([(*step[:4], False) for step in steps])) if "号泵压力高**" in line]
    assert len(listed) == len(latest), "each alarm once"
    for line in listed:
        id_ = int(re.findall(r"\*\*(\d+)号泵", line)[0])
        assert ("已恢复" in line) == (latest[id_] is CLEAR)


@given(STEPS, st.integers(700, 3000))
def test_as_many_as_fit_are_listed_and_never_a_part_of_a_line(steps: Sequence[Step], most: int) -> None:
    gathered = gather(story(steps))
    everything = compose(gathered, "", SHANGHAI, EVERYTHING).message.text.split("\n")
    made = compose(gathered, "", SHANGHAI, at_most(most))
    lines = made.message.text.split("\n")
    assert at_most(most)(made.message)
    assert {line for line in lines if "…另有" not in line} <= set(everything)
    if len(made.listed) < len(gathered.named):
        following = everything[everything.index("#### 报警") + 2 + len(made.listed)]
        assert size([made.message.title, made.message.text + "\n" + following]) > most


@given(hostile, hostile)
def test_whatever_an_alarm_says_the_digest_is_built_the_same(text: str, other: str) -> None:
    def message(name: str, area: str) -> Message:
        about = alarm(1, name=name, area=area, unit=area, value=1, acked=True, acked_by=name)
        return compose(gather([told(1, RAISE, about), told(2, RAISE, alarm(2))]), "", SHANGHAI, EVERYTHING).message

    made, plain = message(f"x{text}x", f"y{other}y"), message("xx", "yy")
    assert tags(render(made.text)) == tags(render(plain.text))
    assert len(made.text.split("\n")) == len(plain.text.split("\n"))
    assert not re.search(r"@[\w+]", made.text)


def test_long_words_are_cut_between_characters() -> None:
    family = "👨\u200d👩\u200d👧"
    lines = said(told(1, RAISE, alarm(1, name=family * 30_000, area="区" * 60_000, value="v" * 60_000, unit="u")))
    assert size(lines) < 1_000
    assert f"**{family * 11}…**" in lines[-1]


def test_ten_thousand_fit_whatever_they_are_called() -> None:
    happened = [told(n, RAISE, alarm(n, name="\x01" * 100, area=str(n % 500))) for n in range(10_000)]
    made = compose(gather(happened, 3), URL, SHANGHAI, at_most(14_000))
    assert at_most(14_000)(made.message)
    assert made.listed
    assert f"…另有 {10_000 - len(made.listed)} 条" in made.message.text


# --- in an author's words --------------------------------------------------------------------------------


def own(body: str, happened: Sequence[Told], fits: Fits = EVERYTHING, stale: int = 0, **fields: Any) -> Digest:
    wording = Wording(ContentDocument(title="{{ count }}", body=body, **fields))
    return compose_own(wording, gather(happened, stale), URL, SHANGHAI, fits)


MANY = [told(n, RAISE, alarm(n)) for n in range(1, 301)]


def test_the_authors_words_with_as_many_events_as_fit() -> None:
    body = "{% for e in events %}{{ e.name }}\n{% endfor %}+{{ more }} {{ url }}"
    made = own(body, MANY, at_most(2_000), stale=2)
    assert made.message.title == "300"
    assert f"+{300 - len(made.listed)} {URL}" in made.message.text
    assert made.message.text.count("号泵") == len(made.listed) > 50
    assert made.message.text.endswith("\n\n另有 2 条通知因等待过久已过期，没有单独发送")
    assert size([made.message.title, made.message.text]) <= 2_000


def test_its_button_leads_to_all_of_them() -> None:
    made = own("x", MANY[:2], form="action_card", buttons=[ButtonDocument(title="看", url="{{ url }}")])
    assert made.message.buttons == (Button("看", URL),)


def test_what_would_be_too_much_work_lists_fewer() -> None:
    body = "{% for e in events %}{% for a in range(100) %}{{ e.mark }}{% endfor %}{% endfor %}{{ more }}"
    assert 0 < len(own(body, MANY).listed) < 300


@pytest.mark.parametrize("body", ["{{ 1 / 0 }}", "{% for e in events %}{{ 1 / (e.alarm.id - 5) }}{% endfor %}"])
def test_a_template_that_fails_is_said(body: str) -> None:
    with pytest.raises(TemplateFailed, match="除以了零"):
        own(body, MANY)


def test_a_text_that_never_fits_is_said() -> None:
    with pytest.raises(TemplateFailed) as failed:
        own("很" * 100, MANY, at_most(200))
    assert (failed.value.fault.text, failed.value.fault.field) == ("正文太长：一条报警也列不下", "body")
