"""What templates can do with a value, every piece of it bounded: `Work` is used up by whatever costs time."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext_noop
from jinja2 import pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import Context, Undefined
from jinja2.tests import TESTS
from markupsafe import Markup

from dingbell.notify.messages.rendering import duration, number_text
from dingbell.notify.messages.template_checks import BARE, COUNTED, FLAT, JOINED, NO_FILTER, PAID
from dingbell.notify.messages.template_faults import TOO_MUCH, Params, TemplateFailed, quoted
from dingbell.notify.messages.template_values import MOST_ITEMS, own
from dingbell.storage.times import SECOND

MOST_TEXT = 20_000
MOST_WORK = 100_000
_CHARS_A_STEP = 16
_LARGEST_BITS = 256
_LONGEST_NUMBER = 100  # characters
_LOCAL = "%Y-%m-%d %H:%M:%S"
_WEEKDAYS = "一二三四五六日"

# Names of the context that no template can write.
WORK, ESCAPE = " work", " escape"

Escape = Callable[[str], str]
Scalar = str | int | float | bool | datetime | timedelta | None

NOT_A_TEXT = gettext_noop("列表不能直接输出，请用 join")
_NESTED = gettext_noop("列表里不能再有列表")
_WRONG_OPERANDS = gettext_noop("不能这样计算：%(left)s %(operator)s %(right)s")
_NO_DATE_PART = gettext_noop("时间格式中没有这个代码：%(what)s")
_NO_ZONE = gettext_noop("没有这个时区：%(what)s")


class Work:
    """What one rendering may still do."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_WORK

    def spend(self, size: int) -> None:
        """For something as large as `size` characters or items. Raises TemplateFailed."""
        if size > MOST_TEXT:
            raise TemplateFailed(TOO_MUCH)
        self.take(1 + size // _CHARS_A_STEP)

    def take(self, steps: int) -> None:
        """Raises TemplateFailed."""
        self.left -= steps
        if self.left < 0:
            raise TemplateFailed(TOO_MUCH)


def work(context: Context) -> Work:
    found: Work = context.parent[WORK]
    return found


def steps(value: object) -> int:
    """What it costs to look at a value once."""
    match value:
        case str():
            return 1 + len(value) // _CHARS_A_STEP
        case list() | tuple():
            return 1 + sum(steps(item) if isinstance(item, str) else 1 for item in value)
        case dict() | range():
            return 1 + len(value)
    return 1


def display(value: object) -> str:
    """A value as text, not escaped. Raises TemplateFailed for what is no text."""
    match value:
        case str():
            return str(value)
        case None | Undefined():
            return ""
        case bool() | int() | float():
            return number_text(value)
        case datetime():
            return value.strftime(_LOCAL)
        case timedelta():
            return duration(value // timedelta(microseconds=1))
    raise TemplateFailed(NOT_A_TEXT)


@pass_context
def finalize(context: Context, value: object) -> Markup:
    """What is put out: the author's own text as it is, everything else escaped."""
    text = display(value)
    work(context).spend(len(text))
    if isinstance(value, str) and not isinstance(value, Markup):
        escape: Escape = context.parent[ESCAPE]
        return own(escape(text))
    return own(text)


def joined(context: Context, parts: Sequence[object], between: object = "") -> str:
    """Side by side. Where one of them is the author's own, the others are escaped first, and so is the whole."""
    work(context).spend(len(parts) + sum(len(part) for part in parts if isinstance(part, str)))
    if any(isinstance(part, Markup) for part in (*parts, between)):
        parts, between = [finalize(context, part) for part in parts], finalize(context, between)
        text: str = own(str(between).join(map(str, parts)))
    else:
        text = display(between).join(map(display, parts))
    work(context).spend(len(text))
    return text


def calculate(context: Context, operator: str, left: Any, right: Any, plainly: Callable[[Any, Any], Any]) -> object:
    """An operator between two values, as far as its result is bounded."""
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        return joined(context, (left, right))
    if operator == "*" and isinstance(left, str) and isinstance(right, int):
        work(context).spend(len(left) * max(right, 0))
        return type(left)(str(left) * right)
    allowed = (int, float, timedelta) if operator != "**" else (int, float)
    both_moments = operator in "+-" and isinstance(left, datetime) and isinstance(right, datetime | timedelta)
    if not both_moments and not (isinstance(left, allowed) and isinstance(right, allowed)):
        kinds: Params = {"left": _kind(left), "operator": operator, "right": _kind(right)}
        raise TemplateFailed(_WRONG_OPERANDS, kinds)
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length() + right.bit_length()
        if bits > _LARGEST_BITS:
            raise TemplateFailed(TOO_MUCH)
    work(context).spend(1)
    return plainly(left, right)


def _kind(value: object) -> str:
    return "（空）" if value is None or isinstance(value, Undefined) else quoted(value)


def bounded_range(*args: int) -> range:
    wanted = range(*args)
    if len(wanted) > MOST_ITEMS:
        raise TemplateFailed(TOO_MUCH)
    return wanted


# --- what the rewriting puts in ------------------------------------------------------------------------


@pass_context
def _counted(context: Context, value: Any, weight: int) -> list[Any]:
    items = [] if value is None or isinstance(value, Undefined) else list(value)
    if len(items) > MOST_ITEMS:
        raise TemplateFailed(TOO_MUCH)
    work(context).take(1 + len(items) * weight)
    return items


@pass_context
def _joined(context: Context, parts: Sequence[object]) -> str:
    return joined(context, parts)


@pass_context
def _paid(context: Context, value: Any) -> Any:
    """A value that is compared, searched or cut."""
    work(context).take(steps(value))
    return value


def _flat(value: Any) -> Any:
    items = value.values() if isinstance(value, dict) else value
    if any(isinstance(item, list | tuple | dict) for item in items):
        raise TemplateFailed(_NESTED)
    return value


def bare(value: Any) -> Any:
    """The author's text as any other: a piece of what was escaped may act again."""
    return str(value) if isinstance(value, Markup) else value


# --- ours ----------------------------------------------------------------------------------------------


def _number(value: Any, digits: int = 2, group: bool = False) -> Any:
    """Rounded to `digits`, which also a text that is a number can be; anything else stays as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    number = _float(value, None)
    if number is None or not math.isfinite(number):
        return value
    return own(f"{number:{',' if group else ''}.{min(max(int(digits), 0), 10)}f}")


def _duration(value: Any) -> Any:
    """A length of time, or seconds, as 12:34, 1:02:03 or 2 天 03:04:05."""
    if isinstance(value, timedelta):
        return own(display(value))
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return own(duration(int(value * SECOND)))
    return value


@pass_context
def _localtime(context: Context, value: Any, layout: str = _LOCAL, zone: str = "") -> Any:
    """A moment in the plant's zone or another, by the codes Y m d H M S y f (milliseconds) and a (周一)."""
    if not isinstance(value, datetime):
        return value
    if zone:
        try:
            value = value.astimezone(ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise TemplateFailed(_NO_ZONE, {"what": quoted(zone)}) from None
    moment: datetime = value
    layout = str(layout)[:200]
    work(context).take(len(layout))

    def part(code: re.Match[str]) -> str:
        match code[1]:
            case "Y" | "m" | "d" | "H" | "M" | "S" | "y" as known:
                return moment.strftime(f"%{known}")
            case "f":
                return f"{moment.microsecond // 1000:03}"
            case "a":
                return f"周{_WEEKDAYS[moment.weekday()]}"
            case "%":
                return "%"
        raise TemplateFailed(_NO_DATE_PART, {"what": quoted(code[0])})

    return own(re.sub(r"%(.?)", part, layout, flags=re.DOTALL))


@pass_context
def _urlencode(context: Context, value: Any) -> Markup:
    text = display(value)
    work(context).spend(len(text))
    return own(quote(text, safe=""))


@pass_context
def _replace(context: Context, value: Any, old: str, new: str) -> str:
    text, old, new = display(value), display(old), display(new)
    work(context).spend(len(text))
    if not old:
        return text
    work(context).spend(len(text) + text.count(old) * max(0, len(new) - len(old)))
    return text.replace(old, new)


@pass_context
def _join(context: Context, value: Any, between: str = "") -> str:
    return joined(context, _items(context, value), between)


def _default(value: Any, instead: Any = "", empty: bool = False) -> Any:
    """`instead` for what is not known: also for None, which a value without one is."""
    missing = value is None or isinstance(value, Undefined)
    return instead if missing or (empty and not value) else value


def _round(value: Any, digits: int = 0) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return round(value, min(max(int(digits), -10), 10)) if digits else round(float(value))


def _int(value: Any, instead: Any = 0) -> Any:
    number = _float(value, None)
    return int(number) if number is not None and abs(number) < 1e15 else instead


def _float(value: Any, instead: Any = 0.0) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return instead
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return instead


# --- Jinja's own ---------------------------------------------------------------------------------------


def _items(context: Context, value: Any) -> list[Any]:
    items = [] if value is None or isinstance(value, Undefined) else list(bare(value))
    work(context).spend(len(items))
    return items


def factor(args: Sequence[object], options: Mapping[str, object]) -> int:
    """How much dearer each step gets by what a filter or method is given: a path of attributes, a text to find."""
    return sum(map(steps, (*args, *options.values()))) or 1


def _of_text(name: str) -> Callable[..., Any]:
    original = f"~{name}"

    @pass_context
    def run(context: Context, value: Any, *args: Any, **options: Any) -> Any:
        text = display(value)
        work(context).take(steps(text) * factor(args, options))
        return context.environment.call_filter(original, text, list(args), options, context)

    return run


def _of_items(name: str) -> Callable[..., Any]:
    original = f"~{name}"

    @pass_context
    def run(context: Context, value: Any, *args: Any, **options: Any) -> Any:
        if name == "map" and args and str(args[0]).startswith("~"):
            raise TemplateFailed(NO_FILTER, {"what": quoted(args[0])})
        items = value if isinstance(value, dict) else _items(context, value)
        work(context).take(steps(items) * factor(args, options))
        result = context.environment.call_filter(original, items, list(args), options, context)
        return result if isinstance(result, str) or not hasattr(result, "__next__") else list(result)

    return run


_TEXT_FILTERS = ("upper", "lower", "capitalize", "title", "trim", "truncate", "wordcount")
_ITEM_FILTERS = (
    "first", "last", "length", "count", "min", "max", "sort", "reverse", "unique", "list", "dictsort", "items",
    "map", "select", "reject", "selectattr", "rejectattr",
)  # fmt: skip
_OWN: Mapping[str, Callable[..., Any]] = {
    COUNTED: _counted, JOINED: _joined, FLAT: _flat, BARE: bare, PAID: _paid,
    "number": _number, "duration": _duration, "localtime": _localtime, "urlencode": _urlencode,
    "replace": _replace, "join": _join, "default": _default, "d": _default, "round": _round, "int": _int,
    "float": _float, "abs": abs, "string": display,
}  # fmt: skip
_OTHER_TESTS = frozenset({"callable", "filter", "test", "escaped", "sameas"})

_JINJAS: Mapping[str, Any] = FILTERS
filters: dict[str, Any] = {
    **{f"~{name}": _JINJAS[name] for name in (*_TEXT_FILTERS, *_ITEM_FILTERS)},
    **{name: _of_text(name) for name in _TEXT_FILTERS},
    **{name: _of_items(name) for name in _ITEM_FILTERS},
    **_OWN,
}
_JINJAS_TESTS: Mapping[str, Any] = TESTS
tests: dict[str, Any] = {name: test for name, test in _JINJAS_TESTS.items() if name not in _OTHER_TESTS}
