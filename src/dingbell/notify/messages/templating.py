"""Templates of messages: Jinja2 in a sandbox in which nothing can act, run away or grow without end. Pure.

`{name}` is the same as `{{ name }}` for the parameters of `template_values`; other text in single braces stays.
Text of an alarm is escaped where it is put out; what the author wrote acts as written, also inside an expression.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from types import BuiltinMethodType, MethodType, TracebackType
from typing import Any

from django.utils.translation import gettext_noop
from jinja2 import ChainableUndefined, Template
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dingbell.channels.dingtalk.fitting import safe
from dingbell.notify.messages import template_checks, template_filters
from dingbell.notify.messages.template_faults import Fault, TemplateFailed, TemplateRefused, quoted
from dingbell.notify.messages.template_filters import ESCAPE, MOST_TEXT, WORK, Escape, Work, bare
from dingbell.notify.messages.template_values import NAMES, PARAMETERS

_OF_LOOPS = ("index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem")
_ATTRIBUTES: tuple[tuple[type, frozenset[str]], ...] = (
    (dict, frozenset(template_checks.DICT_METHODS)),
    (str, frozenset(template_checks.TEXT_METHODS)),
    (LoopContext, frozenset({*_OF_LOOPS, "cycle"})),
    (datetime, frozenset({"year", "month", "day", "hour", "minute", "second"})),
)
_NAME = "<message>"
_NOT_CALLABLE = gettext_noop("这里不能调用函数")
_NO_VALUE = gettext_noop("用到了没有值的参数：%(what)s")
_NO_ACCESS = gettext_noop("不能使用 %(what)s")
_INCOMPARABLE = gettext_noop("不能比较大小：其中一个不是数字")
_DIVIDED = gettext_noop("除以了零")
_MISFIT = gettext_noop("值不适合这样用：%(what)s")


class _Environment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return any(isinstance(obj, kind) and attr in names for kind, names in _ATTRIBUTES)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, dict) and attribute in obj and not self.is_safe_attribute(obj, attribute, None):
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return obj if isinstance(obj, Undefined) else super().getitem(bare(obj), argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> object:
        return template_filters.calculate(context, operator, left, right, self.binop_table[operator])

    def call(self, context: Context, obj: Any, *args: Any, **options: Any) -> Any:
        """Only what `_ATTRIBUTES` names can be called, and range."""
        options.pop("_loop_vars", None)  # Jinja's own, for functions that ask for the context
        options.pop("_block_vars", None)
        if obj is template_filters.bounded_range:
            return obj(*args, **options)
        if not isinstance(obj, MethodType | BuiltinMethodType):
            raise TemplateFailed(_NOT_CALLABLE)
        owner, name = obj.__self__, obj.__name__
        if not self.is_safe_attribute(owner, name, obj):
            raise TemplateFailed(_NO_ACCESS, {"what": quoted(name)})
        if isinstance(owner, str):
            template_filters.work(context).take(template_filters.steps(owner) * template_filters.factor(args, options))
            return getattr(bare(owner), name)(*args, **options)
        return obj(*args, **options)


def _environment() -> _Environment:
    made = _Environment(
        autoescape=True, optimized=False, undefined=ChainableUndefined, finalize=template_filters.finalize, cache_size=0
    )
    made.filters = dict(template_filters.filters)
    made.tests = dict(template_filters.tests)
    made.globals = {"range": template_filters.bounded_range}
    return made


_ENVIRONMENT = _environment()


class Text:
    """One compiled template. Thread-safe."""

    def __init__(self, source: str) -> None:
        """Raises TemplateRefused."""
        tree = template_checks.tree(source, _ENVIRONMENT, NAMES, PARAMETERS)
        try:
            code = _ENVIRONMENT.compile(tree, filename=_NAME)
        except (SyntaxError, RecursionError, MemoryError, ValueError):  # Python's own limits on nested blocks
            raise TemplateRefused(Fault(template_checks.TOO_DEEP)) from None
        self._template = Template.from_code(_ENVIRONMENT, code, {})

    def render(self, values: Mapping[str, object], escape: Escape) -> str:
        """At most MOST_TEXT characters, cut after that. Raises TemplateFailed, with the line where it is known."""
        context = self._template.new_context({**_ENVIRONMENT.globals, **values, WORK: Work(), ESCAPE: escape})
        parts: list[str] = []
        length = 0
        try:
            for part in self._template.root_render_func(context):
                parts.append(part)
                length += len(part)
                if length > MOST_TEXT:
                    break
        except Exception as error:  # noqa: BLE001 -- any can come out of an expression
            fault = _fault(error)
            raise _failed(fault, self._line(error.__traceback__)) from None
        return safe("".join(map(str, parts))[:MOST_TEXT])  # a template can name half a character

    def _line(self, traceback: TracebackType | None) -> int:
        line = 0
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == _NAME:
                line = self._template.get_corresponding_lineno(traceback.tb_lineno)
            traceback = traceback.tb_next
        return line


def _failed(fault: Fault, line: int) -> TemplateFailed:
    failed = TemplateFailed(fault.text)
    failed.fault = Fault(fault.text, fault.params, line)
    return failed


def _fault(error: Exception) -> Fault:
    match error:
        case TemplateFailed():
            return error.fault
        case SecurityError() | UndefinedError():
            named = re.findall(r"'([^']*)'", error.message or "")
            text = _NO_ACCESS if isinstance(error, SecurityError) else _NO_VALUE
            return Fault(text, {"what": quoted(named[-1] if named else "")})
        case ZeroDivisionError():
            return Fault(_DIVIDED)
        case TypeError() if "not supported between" in str(error):
            return Fault(_INCOMPARABLE)
    # An error of our own would come here, too: whatever it is, the alarm goes out in the built-in words.
    return Fault(_MISFIT, {"what": quoted(error)})
