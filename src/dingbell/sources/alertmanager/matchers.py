"""Matchers as `filter` takes them: `alertname=foo`, `alertname=~"foo.*"`, `"full name"!="x"`. Pure.

What pkg/labels/parse.go of Alertmanager 0.25 reads, and the quoted names of 0.27.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

_MATCHER = re.compile(
    r'\s*(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)+")\s*(?P<operator>=~|!=|!~|=)(?P<value>.*)', re.DOTALL
)
_ESCAPE = re.compile(r'\\(.)|(")|(\\)$', re.DOTALL)


class BadMatcher(Exception):
    """A filter that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """`holds(labels)`: a label that is not there counts as an empty one."""

    name: str
    accepts: Callable[[str], bool]

    def holds(self, labels: Mapping[str, str]) -> bool:
        return self.accepts(labels.get(self.name, ""))


def parse(text: str) -> Matcher:
    """Raises BadMatcher."""
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise BadMatcher(_("看不懂这个过滤条件：%(text)s") % {"text": text[:100]})
    name, value = _unquoted(found["name"]), _unquoted(found["value"].strip())
    match found["operator"]:
        case "=":
            return Matcher(name, lambda given: given == value)
        case "!=":
            return Matcher(name, lambda given: given != value)
        case "=~":
            return Matcher(name, pattern(value))
        case _:
            wanted = pattern(value)
            return Matcher(name, lambda given: not wanted(given))


def all_hold(matchers: Sequence[Matcher], labels: Mapping[str, str]) -> bool:
    return all(matcher.holds(labels) for matcher in matchers)


def pattern(expression: str) -> Callable[[str], bool]:
    """Whether a whole text matches, in Prometheus' own dialect and in linear time. Raises BadMatcher."""
    import re2  # with the C++ library it is written in 2.5 MiB, which few installations ever need

    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(expression, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args else ""
        raise BadMatcher(_("正则表达式有误：%(reason)s") % {"reason": reason}) from None
    return lambda text: compiled.fullmatch(text) is not None


def _unquoted(raw: str) -> str:
    """A value with or without quotes; `\\n`, `\\"` and `\\\\` are escapes, any other backslash is itself."""
    quoted = raw.startswith('"')
    if quoted:
        if len(raw) < 2 or not raw.endswith('"'):
            raise BadMatcher(_("引号没有成对：%(text)s") % {"text": raw[:100]})
        raw = raw[1:-1]

    def unescaped(found: re.Match[str]) -> str:
        escaped, quote, _backslash = found.groups()
        if quote or (quoted and found[3]):
            raise BadMatcher(_("引号没有成对：%(text)s") % {"text": raw[:100]})
        return {"n": "\n", '"': '"', "\\": "\\"}.get(escaped, found[0])

    return _ESCAPE.sub(unescaped, raw)
