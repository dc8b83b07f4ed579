"""A message as a phone draws it: the subset of markdown that DingTalk documents, as safe HTML (dingtalk-api §1.7).

What DingTalk does not know stays as it was typed. Pictures are named, never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_SPAN = re.compile(
    r"!\[(?P<alt>[^\]\n]*)\]\([^)\s]*\)"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<url>[^)\s]+)\)"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|\*(?P<italic>[^*\n]+)\*"
)
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET = re.compile(r"[-*]\s+(.*)")
_NUMBER = re.compile(r"\d{1,9}\.\s+(.*)")


def drawn(text: str) -> SafeString:
    """Markdown as blocks."""
    return format_html_join("", "{}", ((block,) for block in _blocks(text.split("\n"))))


def _blocks(lines: list[str]) -> Iterator[SafeString]:
    rest = list(lines)
    while rest:
        line = rest[0].strip()
        if not line:
            rest.pop(0)
        elif heading := _HEADING.fullmatch(line):
            rest.pop(0)
            yield format_html('<p class="h h{}">{}</p>', len(heading[1]), _spans(heading[2]))
        elif line.startswith(">"):
            quoted = [item.strip().removeprefix(">").strip() + "  " for item in _taken(rest, _is_quote)]
            yield format_html("<blockquote>{}</blockquote>", _paragraph(quoted))
        elif _BULLET.fullmatch(line):
            yield _list("ul", _BULLET, _taken(rest, lambda one: bool(_BULLET.fullmatch(one))))
        elif _NUMBER.fullmatch(line):
            yield _list("ol", _NUMBER, _taken(rest, lambda one: bool(_NUMBER.fullmatch(one))))
        else:
            yield format_html("<p>{}</p>", _paragraph(_taken(rest, _is_plain)))


def _is_quote(line: str) -> bool:
    return line.startswith(">")


def _is_plain(line: str) -> bool:
    return bool(line) and not (
        _is_quote(line) or _HEADING.fullmatch(line) or _BULLET.fullmatch(line) or _NUMBER.fullmatch(line)
    )


def _taken(lines: list[str], wanted: Callable[[str], bool]) -> list[str]:
    """Removes and answers the leading lines that, stripped, are wanted."""
    taken = []
    while lines and wanted(lines[0].strip()):
        taken.append(lines.pop(0))
    return taken


def _list(tag: str, mark: re.Pattern[str], lines: list[str]) -> SafeString:
    found = (mark.fullmatch(line.strip()) for line in lines)
    items = format_html_join("", "<li>{}</li>", ((_spans(item[1]),) for item in found if item))
    return format_html("<{}>{}</{}>", tag, items, tag)


def _paragraph(lines: list[str]) -> SafeString:
    """A single line break is lost unless two spaces stand before it."""
    parts: list[SafeString] = []
    for place, line in enumerate(lines):
        parts.append(_spans(line.strip()))
        if place < len(lines) - 1:
            parts.append(mark_safe("<br>") if line.endswith("  ") else mark_safe(" "))
    return format_html_join("", "{}", ((part,) for part in parts))


def _spans(text: str) -> SafeString:
    parts: list[SafeString] = []
    end = 0
    for match in _SPAN.finditer(text):
        parts += [_plain(text[end : match.start()]), _span(match)]
        end = match.end()
    parts.append(_plain(text[end:]))
    return format_html_join("", "{}", ((part,) for part in parts))


def _span(match: re.Match[str]) -> SafeString:
    if match["alt"] is not None:
        return format_html('<span class="phone-picture">{}</span>', match["alt"] or "🖼")
    if match["label"] is not None:
        return format_html('<span class="phone-link" title="{}">{}</span>', match["url"], match["label"])
    if match["bold"] is not None:
        return format_html("<b>{}</b>", _plain(match["bold"]))
    return format_html("<i>{}</i>", _plain(match["italic"]))


def _plain(text: str) -> SafeString:
    return mark_safe(escape(text).replace("&amp;nbsp;", "&nbsp;"))  # noqa: S308 -- escaped just here
