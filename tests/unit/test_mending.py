"""What a message says after DingTalk refused its content or its length."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dingbell.channels.base import Button, Form, Mentions, Message
from dingbell.channels.dingtalk import mending
from dingbell.channels.dingtalk.fitting import size
from dingbell.channels.dingtalk.mending import SHORT_BYTES, mended, sanitised, shortened

ALARM = Message(
    Form.ACTION_CARD,
    "【紧急】3号水泵 轴承温度高",
    "### 🔴 紧急报警：3号水泵 轴承温度高  \n  \n"
    "- **级别**：🔴 紧急  \n- **数值**：92.4 ℃（限值 85 ℃）  \n- **时间**：2026-09-01 10:20:30  \n"
    "- **位置**：一号泵站/3号水泵  \n- **说明**：见 https://evil.example.com/x?a=1 加微信有惊喜",
    (Button("查看并确认", "https://alarm.example.cn/alarms/1/"),),
    Mentions(mobiles=("13900000001",)),
)


def test_a_sanitised_alarm_keeps_its_facts_as_plain_text_and_says_what_it_lost() -> None:
    message = sanitised(ALARM)
    assert message == Message(
        Form.TEXT,
        "【紧急】3号水泵 轴承温度高",
        "紧急报警：3号水泵 轴承温度高\n级别：紧急\n数值：92.4 ℃（限值 85 ℃）\n时间：2026-09-01 10:20:30\n"
        "位置：一号泵站/3号水泵\n(钉钉拒收了原消息，这里去掉了链接、图片和说明文字。全文请看报警系统。)",
        mentions=Mentions(mobiles=("13900000001",)),
    )


def test_links_of_every_kind_go() -> None:
    text = (
        "报警 [打开](https://a.example.cn/1) ![图](https://b.example.cn/2.png)\n"
        "- 泵 dingtalk://x/y www.example.org/z\n- 阀 mail@example.com foo.example.com:8080/x\n- 温度 TI_101.PV 12.5"
    )
    kept = sanitised(Message(Form.MARKDOWN, "报警 http://evil.cn", text))
    assert kept.title == "报警"
    assert kept.text.splitlines()[:-1] == ["报警 打开", "泵", "阀", "温度 TI_101.PV 12.5"]


def test_prose_between_the_facts_goes() -> None:
    kept = sanitised(Message(Form.MARKDOWN, "题", "## 报警\n请速来现场领奖\n> 引用\n值：7\n1. 第一\n- 第二"))
    assert kept.text.splitlines()[:-1] == ["报警", "值：7", "第一", "第二"]


def test_a_message_of_pictures_only_becomes_its_title() -> None:
    assert sanitised(Message(Form.MARKDOWN, "停机", "![x](https://x.cn/p.png)")).text.startswith("停机\n")


def test_a_shortened_message_is_far_below_the_limit_and_says_so() -> None:
    long = Message(Form.MARKDOWN, "题" * 500, "\n".join(f"- 第{n}条报警" for n in range(5_000)))
    kept = shortened(long)
    assert size(kept.text) <= SHORT_BYTES
    assert kept.text.startswith("- 第0条报警\n")
    assert kept.text.endswith("…(钉钉认为原消息太长，这里只有开头。全文请看报警系统。)")
    assert size(kept.title) <= 200


def test_what_is_too_long_beside_the_text_goes_too() -> None:
    buttons = (Button("查看", "https://x.cn/" + "a" * 2_000), Button("其他", "https://x.cn/2"))
    assert shortened(Message(Form.ACTION_CARD, "题", "文", buttons)).buttons == ()
    assert shortened(ALARM).buttons == ALARM.buttons


def test_where_all_may_not_be_called_those_named_still_are() -> None:
    calling = replace(ALARM, mentions=Mentions(True, ("139",), ("u1",)))
    assert mending.uncalled(calling) == replace(ALARM, mentions=Mentions(False, ("139",), ("u1",)))


def test_the_way_is_named_by_the_reason() -> None:
    assert mending.how("unsafe_link") == "sanitised"
    assert mending.how("message_too_long") == "shortened"
    assert mending.how("mention_all_forbidden") == "uncalled"
    assert mending.how("robot_disabled") == ""
    assert mended(ALARM, "") is ALARM
    assert mended(ALARM, "sanitised") == sanitised(ALARM)


@given(st.text(max_size=300), st.text(max_size=3_000), st.sampled_from(Form))
def test_whatever_it_was_a_mended_message_has_a_text_and_no_link(title: str, text: str, form: Form) -> None:
    message = Message(form, title, text, (Button("a", "https://x.cn"),))
    clean = sanitised(message)
    assert clean.text
    assert "://" not in clean.text + clean.title
    assert not clean.buttons
    short = shortened(message)
    assert short.text
    assert size(short.text) <= SHORT_BYTES
