"""Templates say what their authors wrote; alarms can only be read in them, and no template runs away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dingbell.alarms.alarm import Alarm, EventKind, Priority
from dingbell.notify.messages import template_filters
from dingbell.notify.messages.escaping import plain
from dingbell.notify.messages.rendering import Occurrence
from dingbell.notify.messages.template_faults import TemplateFailed, TemplateRefused
from dingbell.notify.messages.template_filters import MOST_TEXT, Work
from dingbell.notify.messages.template_values import Situation, values
from dingbell.notify.messages.templating import Text
from dingbell.storage.times import SECOND
from dingtalk_simulator.markdown import render
from tests.unit.test_escaping import hostile, tags
from tests.unit.test_rendering import ALARM, RAISED, SHANGHAI


def said(source: str, alarm: Alarm = ALARM, kind: EventKind = EventKind.RAISED, **more: Any) -> str:
    event = Occurrence(kind, alarm, RAISED + 754 * SECOND, actor="张师傅", note="已到现场", url="https://p/alarms/7/")
    return Text(source).render(values(Situation(event, **more), SHANGHAI), plain)


def refused(source: str) -> list[str]:
    with pytest.raises(TemplateRefused) as refusal:
        Text(source)
    return [fault.words for fault in refusal.value.faults]


def failed(source: str, **more: Any) -> str:
    with pytest.raises(TemplateFailed) as failure:
        said(source, **more)
    return failure.value.fault.words


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{name}，{eventTime}，{path}", "3号泵压力超高，2026-11-22 08:12:34，一车间/泵房/3号泵"),
        ("{value} {level} {state} {type}", "12.4 紧急 活动，未确认 HH"),
        ("{ackUser}|{description}|{isAcked}|{isShelved}", "|请检查出口阀|否|否"),
        ("http://host/#/{urlPath} {{ url }}", "http://host/#/alarms/7/ https://p/alarms/7/"),
        ("{nobody} { name } {}", "{nobody} { name } {}"),
        ("{{ name }} {{ '{name}' }}", "3号泵压力超高 {name}"),
        ("{{ value|number(2) }} {{ 1234567.891|number(1, group=true) }}", "12.40 1,234,567.9"),
        ("{{ 'offen'|number }}{{ limit|number(0) }}", "offen10"),
        ("{{ eventTime|localtime('%m-%d %H:%M %a') }}", "11-22 08:12 周日"),
        ("{{ eventTime|localtime('%H:%M', 'UTC') }} {{ event.time.hour }}", "00:12 8"),
        ("{{ 3723|duration }} {{ (eventTime - alarm.raised_at)|duration }}", "1:02:03 12:34"),
        ("{% if value > limit %}高出 {{ (value - limit)|number(1) }} {{ unit }}{% endif %}", "高出 2.4 bar"),
        ("{% for k, v in labels.items() %}{{ k }}={{ v }};{% endfor %}", "line=A;"),
        ("{{ labels.line }}{{ labels.nothing }}{{ labels.nothing.deeper }}", "A"),
        ("{{ alarm.acked_at|default('还没有') }}{{ area|default('—') }}", "还没有一车间"),
        ("{{ ['a', 'b']|join('、') }}{{ path.split('/')|last }}", "a、b3号泵"),
        ("{{ '紧急' if level == '紧急' }}{{ alarm.priority }}", "紧急critical"),
        ("{% set where %}**{{ area }}**{% endset %}{{ where }}", "**一车间**"),
        ("{% for n in range(3) %}{{ loop.index }}{{ loop.cycle('-', '+') }}{% endfor %}", "1-2+3-"),
        ("{{ actor }}：{{ note }} {{ mark }} {{ event.word }}", "张师傅：已到现场 🔴 发生"),
        ("{# nothing #}{{ duration }}{{ step }}{{ events|length }}", "0"),
    ],
)
def test_what_a_template_says(source: str, text: str) -> None:
    assert said(source, replace(ALARM, labels={"line": "A"})) == text


def test_a_recovery_knows_how_long_it_lasted() -> None:
    assert said("{{ duration }} {{ duration|duration }}", kind=EventKind.CLEARED) == "12:34 12:34"


def test_a_digest_lists_its_events() -> None:
    other = Occurrence(EventKind.RAISED, replace(ALARM, name="*二号*", priority=Priority.LOW), RAISED)
    text = said(
        "{{ count }}:{% for e in events %}{{ e.mark }}{{ e.name }};{% endfor %}{{ more }}",
        events=(other, other),
        more=3,
    )
    assert text == "5:🔵＊二号＊;🔵＊二号＊;3"


# --- text of an alarm ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**{name}**", "**＊x＊ ＠138**"),
        ("{{ '**' ~ name ~ '**' }}", "**＊x＊ ＠138**"),
        ("{{ '@' }}{{ name }}", "@＊x＊ ＠138"),
        ("{{ [name, name]|join(' **和** ') }}", "＊x＊ ＠138 **和** ＊x＊ ＠138"),
        ("{{ name|upper }}", "＊X＊ ＠138"),
        ("{{ name|replace('x', '**') }}", "＊＊＊＊ ＠138"),
        ("{{ name[1:] }}", "x＊ ＠138"),
        ("{% set n = name + '' %}{{ n }}", "＊x＊ ＠138"),
        ("{% set n %}{{ name }}{% endset %}{{ n[0:3] }}", "＊x＊"),
        ("{{ name == '*x* @138' }}", "是"),
        ("{% for c in name %}{{ c }}{% endfor %}", "＊x＊＠138"),
        ("{{ name|default('**无**') }}{{ nothing|default('**无**') }}", "＊x＊ ＠138**无**"),
        ("[看]({{ name|urlencode }})", "[看](%2Ax%2A%20%40138)"),
    ],
)
def test_the_authors_own_marks_act_and_those_of_an_alarm_do_not(source: str, text: str) -> None:
    source = source.replace("nothing", "labels.nothing")
    assert said(source, replace(ALARM, name="*x* @138")) == text


EVERYWHERE = (
    "# {name}\n\n{name}\n\n- {path}：{description}\n- **{{ area }}** ({{ source }})({name}) [看](https://p)({type})\n"
    "{{ name }}({{ description }})\n\n{{ labels.a }}{{ labels.b }} {{ unit }}\n\n> {{ '~' ~ note|truncate(20) }}\n"
    "{{ [name, description]|join('@') }}\n{{ name|upper }}{{ description[1:] }}{{ actor }} 8\n{{ value }} x\n"
)


everywhere = Text(EVERYWHERE)


@given(hostile, hostile)
def test_whatever_an_alarm_says_the_authors_message_is_built_the_same(one: str, two: str) -> None:
    def message(first: str, second: str) -> str:
        alarm = Alarm(
            id=1, source="s", key="k", name=first, path=second, type=first, description=second, unit=first,
            area=second, value=first, labels={"a": first, "b": second},
        )  # fmt: skip
        event = Occurrence(EventKind.ACKED, alarm, 0, actor=second, note=first)
        return everywhere.render(values(Situation(event), SHANGHAI), plain)

    shown = message(f"x{one}x", f"x{two}x")
    assert tags(render(shown)) == tags(render(message("xx", "xx")))
    # A text that begins or ends with marks finds the author's own beside it.
    bare = message(one, two)
    called = re.findall(r"@(?=[\w+])", bare)
    assert len(called) <= 1, "only the author's own @"
    assert bare.count("\n") == EVERYWHERE.rstrip().count("\n")


# --- what cannot be bounded ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ nmae }}", "第 1 行：没有这个参数：nmae"),
        ("a\n{{ name|shout }}", "第 2 行：没有这个过滤器：shout"),
        ("{{ name is shouted }}", "第 1 行：没有这个判断：is shouted"),
        ("{% if name %}\n{{ name", "第 2 行：没有写完就结束了"),
        ("{% if name %}\n\n", "第 1 行：“if”没有结束，缺少 endif"),
        ("\n{% endfor %}", "第 2 行：没有这个语句：endfor"),
        ("{{ }}", "第 1 行：{{ }} 里没有内容"),
        ("{% if %}x{% endif %}", "第 1 行：{% %} 里没有写完"),
        ("{% for x %}{% endfor %}", "第 1 行：没有写完，缺少 in"),
        ("{{ name name }}", "第 1 行：}} 之前多了 name"),
        ("{% macro a() %}{% endmacro %}", "第 1 行：这里不能用“macro”"),
        ("{% include 'x' %}", "第 1 行：这里不能用“include”"),
        ("{% import 'x' as y %}", "第 1 行：这里不能用“import”"),
        ("{% extends 'x' %}", "第 1 行：这里不能用“extends”"),
        ("{% block x %}{% endblock %}", "第 1 行：这里不能用“block”"),
        ("{% filter upper %}x{% endfilter %}", "第 1 行：这里不能用“filter”"),
        ("{% for x in events recursive %}{% endfor %}", "第 1 行：不能用递归循环"),
        ("{% for x in events recursive %}{{ loop(x) }}{% endfor %}", "第 1 行：不能用递归循环"),
        ("{{ name.format('x') }}", "第 1 行：不能调用 format()"),
        ("{{ name.ljust(9) }}", "第 1 行：不能调用 ljust()"),
        ("{{ dict(a=1) }}", "第 1 行：不能调用 dict()"),
        ("{{ range(*[1]) }}", "第 1 行：这里不能用“*”"),
        ("{{ " + "(" * 300 + "1" + ")" * 300 + " }}", "嵌套过深"),
        ("{% if 1 %}" * 70 + "{% endif %}" * 70, "嵌套过深"),
        ("{{ " + "-" * 80 + "1 }}", "嵌套过深"),
        ("{{ " + "9" * 5000 + " }}", "模板过于复杂，请拆短"),
        ("{{ name }}" * 1999 + "{{ name }}" * 100, "最多 20000 个字符"),
        ("{{1}}" * 4000, "模板过于复杂，请拆短"),
    ],
)
def test_what_is_refused_at_once(source: str, words: str) -> None:
    assert words in refused(source)


DOUBLING = "{% set a = 'x' * 1000 %}" + "{% set a = a ~ a %}" * 40
NESTED = "{% for a in range(1000) %}" * 5 + "{% endfor %}" * 5


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 10**9 * 'a' }}",
        "{{ 9**9**9 }}",
        "{{ (10**70) * (10**70) }}",
        "{{ range(10**9)|list }}",
        "{{ '%0999999999d' % 1 }}",
        "{{ [1] * 10**9 }}",
        "{{ [[1]] }}",
        DOUBLING + "{{ a }}",
        DOUBLING.replace(" ~ ", " + "),
        "{% set a %}" + "x" * 1000 + "{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40,
        "{% set a = 'x' * 1000 %}" + "{% set a = a|replace('x', 'xx') %}" * 40,
        "{% set a = [1] %}{% set b = [1] %}" + "{% set a = [a, a] %}{% set b = [b, b] %}" * 40 + "{{ a == b }}",
        "{% set a = 'x' * 1000 %}" + "{% set a = [a, a]|join(a) %}" * 10,
        NESTED,
        NESTED.replace("range(1000)", "('x' * 900)"),
        "{% for a in range(1000) %}" + "{{ name|upper|lower|title }}" * 50 + "{% endfor %}",
        "{% set x %}{% for a in range(1000) %}" + "x" * 9000 + "{% endfor %}{% endset %}",
        "{{ [1]|map('~counted', -10**6)|list }}",
        "{{ 1.5|round(10**9)|string * 10**9 }}",
        "{{ name.__class__.__mro__[1].__subclasses__|join }}{{ 1/0 }}",
    ],
)
def test_what_would_grow_without_end_stops_early(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Early: within the work that is allowed, with no text longer than one may be."""
    spent = 0
    spend = Work.spend

    def counted(self: Work, size: int) -> None:
        nonlocal spent
        spent += 1
        spend(self, size)

    monkeypatch.setattr(Work, "spend", counted)
    words = failed(source)
    assert words.startswith("第 1 行：")
    assert spent <= template_filters.MOST_WORK


LONG = "{% set x = 'é' * 19000 %}{% set y = 'è' * 18000 ~ 'é' %}"
OFTEN = "{% for a in range(90) %}"
END = "{% endfor %}"


@pytest.mark.parametrize(
    "source",
    [
        LONG + OFTEN + "{% set z = x|urlencode %}" + END,
        LONG + OFTEN + "{% set z = x.strip(y) %}" + END,
        LONG + OFTEN + "{% set z = x|trim(y) %}" + END,
        LONG + OFTEN + "{% set z = y in x %}" + END,
        LONG + OFTEN + "{% set z = x is lower %}" + END,
        LONG + OFTEN + "{% set z = x[::2] %}" + END,
        LONG + "{% set z = [none]|list|map('default', x)|select('in', y)|list %}" * 90,
        "{% set path = 'a.' * 9000 %}{% set z = range(1000)|map(attribute=path) %}",
        "{% set path = 'a,' * 9000 %}{% set z = range(1000)|sort(attribute=path) %}",
        OFTEN * 2 + "{% for b in [] %}{% else %}" + "{% set z = 1 %}" * 100 + END * 3,
        OFTEN * 2 + "{% set z = eventTime|localtime('%Y' * 100) %}" + END * 2,
    ],
)
def test_what_costs_much_at_each_step_is_paid_for(source: str) -> None:
    assert failed(source).endswith("循环太多或文字太长，超过了上限")


def test_what_is_longer_than_any_message_is_cut() -> None:
    assert len(said("{% for a in range(1000) %}" + "很长" * 50 + "{% endfor %}")) == MOST_TEXT


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a\nb\n{{ 1 / 0 }}", "第 3 行：除以了零"),
        ("{{ labels.nothing > 1 }}", "第 1 行：用到了没有值的参数：nothing"),
        ("{{ labels.nothing + 1 }}", "第 1 行：不能这样计算：（空） + 1"),
        ("{{ name > 1 }}", "第 1 行：不能比较大小：其中一个不是数字"),
        ("{{ labels }}", "第 1 行：列表不能直接输出，请用 join"),
        ("{{ eventTime|localtime('%Q') }}", "第 1 行：时间格式中没有这个代码：%Q"),
        ("{{ eventTime|localtime('%H', 'Mars') }}", "第 1 行：没有这个时区：Mars"),
    ],
)
def test_what_fails_on_an_alarm_says_where_and_why(source: str, words: str) -> None:
    assert failed(source) == words


def test_half_a_character_comes_out_as_a_mark() -> None:
    assert said(r"{{ '\ud83d' ~ 1 }}") == "\ufffd1"
    assert failed(r"{{ '\ud83d' * '2' }}").encode()


pieces = st.sampled_from([
    "{{", "}}", "{%", "%}", "{#", "#}", "{name}", " name ", " value ", " for ", " in ", " if ", "endif", "endfor", "=",
    " set ", "events", "labels", "|", "join", "upper", "replace", "('a')", "(", ")", "[", "]", "~", "*", "**", "+", "'",
    '"', "range(9)", ".", "__class__", "1", "10", "10**9", "\n", "x", ",", ":", "{", "}", "loop", "namespace()", "self",
    "raw", "endraw", "-", " is ", "not", "none", "\x00", "\ud800",
])  # fmt: skip


@given(st.lists(pieces | st.text(max_size=4), max_size=25).map("".join))
def test_any_text_is_a_message_or_is_refused_or_fails_in_words(source: str) -> None:
    try:
        outcome = said(source)
    except TemplateRefused as refusal:
        outcome = "".join(fault.words for fault in refusal.faults) or source
    except TemplateFailed as failure:
        outcome = failure.fault.words
    assert len(outcome) <= MOST_TEXT
