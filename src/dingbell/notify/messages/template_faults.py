"""What is wrong with a template, in words that can be kept and said in any language later."""

from __future__ import annotations

import re

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dingbell.channels.dingtalk.fitting import safe

Params = dict[str, str | int]
_MOST_QUOTED = 60

TOO_MUCH = gettext_noop("循环太多或文字太长，超过了上限")


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """`text` is a message in Chinese, translated when it is shown; `line` 0 where none is known; `field` is title,
    body or a button's.
    """

    text: str
    params: Params = {}
    line: int = 0
    field: str = ""

    @property
    def words(self) -> str:
        """For people, in the language of the moment."""
        text = _(self.text) % self.params
        return _("第 %(line)d 行：%(text)s") % {"line": self.line, "text": text} if self.line else text

    @property
    def place(self) -> str:
        """The field by its name on the page."""
        if button := re.match(r"buttons\[(\d+)\]", self.field):
            return _("第 %(number)d 个按钮") % {"number": int(button[1]) + 1}
        return {"title": _("标题"), "body": _("正文")}.get(self.field, "")


def spoken(stored: str) -> str:
    """A fault that was kept as JSON, for people: `正文，第 3 行：除以了零`; "" for none."""
    if not stored:
        return ""
    fault = msgspec.json.decode(stored, type=Fault)
    return _("%(place)s，%(text)s") % {"place": fault.place, "text": fault.words} if fault.place else fault.words


class TemplateRefused(Exception):
    """The template cannot be used as it is written."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.text for fault in faults))
        self.faults = faults


class TemplateFailed(Exception):
    """The template is good, but came to nothing with these values."""

    def __init__(self, text: str, params: Params | None = None) -> None:
        super().__init__(text)
        self.fault = Fault(text, params or {})


def quoted(text: object) -> str:
    """A piece of the template inside a sentence."""
    shown = " ".join(safe(str(text)).split())
    return shown if len(shown) <= _MOST_QUOTED else shown[:_MOST_QUOTED] + "…"


# What Jinja's parser says, and what it means.
_SAID: tuple[tuple[str, str], ...] = (
    (r"Missing end of comment tag", gettext_noop("注释 {# 没有以 #} 结束")),
    (r"Missing end of raw directive", gettext_noop("{%% raw %%} 没有以 {%% endraw %%} 结束")),
    (r"unexpected char '?(?P<what>.+?)'? at \d+", gettext_noop("这里不能有 %(what)s")),
    (r"unexpected '(?P<what>.+?)', expected '(?P<want>.+?)'", gettext_noop("应为 %(want)s，却是 %(what)s")),
    (r"can't assign to", gettext_noop("set 和 for 后面应为一个名字")),
    (
        r"Encountered unknown tag '(?P<what>.+?)'.*innermost block that needs to be closed is '(?P<open>\w+)'",
        gettext_noop("“%(what)s”放错了地方：先要结束“%(open)s”"),
    ),
    (r"Encountered unknown tag '(?P<what>.+?)'", gettext_noop("没有这个语句：%(what)s")),
    (
        r"Unexpected end of template\..*innermost block that needs to be closed is '(?P<what>\w+)'",
        gettext_noop("“%(what)s”没有结束，缺少 end%(what)s"),
    ),
    (r"expected token 'end of print statement', got '(?P<what>.+?)'", gettext_noop("}} 之前多了 %(what)s")),
    (r"expected token 'end of statement block', got '(?P<what>.+?)'", gettext_noop("%%} 之前多了 %(what)s")),
    (
        r"expected token '(?P<want>.+?)', got 'end of (print statement|statement block)'",
        gettext_noop("没有写完，缺少 %(want)s"),
    ),
    (r"unexpected '?end of template", gettext_noop("没有写完就结束了")),
    (r"expected token '(?P<want>.+?)', got 'end of template'", gettext_noop("没有写完就结束了，缺少 %(want)s")),
    (r"expected token '(?P<want>.+?)', got '(?P<what>.+?)'", gettext_noop("应为 %(want)s，却是 %(what)s")),
    (r"unexpected 'end of print statement'", gettext_noop("{{ }} 里没有内容或没有写完")),
    (r"unexpected 'end of statement block'", gettext_noop("{%% %%} 里没有写完")),
    (r"Expected an expression, got 'end of print statement'", gettext_noop("{{ }} 里没有内容")),
    (r"Expected an expression, got 'end of statement block'", gettext_noop("{%% %%} 里没有写完")),
    (r"Expected an expression, got '(?P<what>.+?)'", gettext_noop("这里应为一个表达式，却是 %(what)s")),
    (r"unexpected '(?P<what>.+?)'", gettext_noop("这里不能有 %(what)s")),
    (r"unexpected token '(?P<what>.+?)'", gettext_noop("这里不能有 %(what)s")),
)
_OTHER = gettext_noop("语法错误：%(what)s")


def of_syntax(said: str, line: int) -> Fault:
    """`said` is what Jinja's parser says, in English."""
    for pattern, text in _SAID:
        if found := re.search(pattern, said, re.DOTALL):
            return Fault(text, {name: quoted(word) for name, word in found.groupdict().items()}, line)
    return Fault(_OTHER, {"what": quoted(said)}, line)
