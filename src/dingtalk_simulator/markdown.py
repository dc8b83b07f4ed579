"""DingTalk's markdown subset as safe HTML (D 0699): headings, quotes, bold, italic, links, images, lists.

As on a phone: a single line break is lost unless two spaces stand before it or a block begins; tables, code
and HTML are not known and stay as typed. Pictures are never fetched, only named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from urllib.parse import parse_qs, urlsplit

_INLINE = re.compile(
    r"!\[(?P<alt>[^\]\n]*)\]\((?P<image>[^)\s]*)\)"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<url>[^)\s]+)\)"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|\*(?P<italic>[^*\n]+)\*"
)
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET = re.compile(r"[-*]\s+(.*)")
_NUMBER = re.compile(r"(\d{1,9})\.\s+(.*)")


def render(text: str) -> str:
    blocks: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    while lines:
        line = lines[0].strip()
        if not line:
            lines.pop(0)
        elif heading := _HEADING.fullmatch(line):
            lines.pop(0)
            level = len(heading[1])
            blocks.append(f'<div class="h h{level}">{inline(heading[2])}</div>')
        elif line.startswith(">"):
            quoted = _take(lines, lambda candidate: candidate.startswith(">"))
            inner = "\n".join(item.strip().removeprefix(">").strip() + "  " for item in quoted)
            blocks.append(f"<blockquote>{_paragraph(inner.split(chr(10)))}</blockquote>")
        elif _BULLET.fullmatch(line):
            items = _take(lines, lambda candidate: bool(_BULLET.fullmatch(candidate)))
            blocks.append("<ul>" + "".join(f"<li>{inline(item.strip()[2:].strip())}</li>" for item in items) + "</ul>")
        elif number := _NUMBER.fullmatch(line):
            items = _take(lines, lambda candidate: bool(_NUMBER.fullmatch(candidate)))
            shown = "".join(f"<li>{inline(item.strip().split('.', 1)[1].strip())}</li>" for item in items)
            blocks.append(f'<ol start="{int(number[1])}">{shown}</ol>')
        else:
            blocks.append(f"<p>{_paragraph(_take(lines, _is_plain))}</p>")
    return "".join(blocks)


def inline(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _INLINE.finditer(text):
        parts.append(_plain(text[end : match.start()]))
        parts.append(_span(match))
        end = match.end()
    parts.append(_plain(text[end:]))
    return "".join(parts)


def link(url: str, label: str, css: str = "") -> str:
    """`label` is HTML. Only web addresses become links, DingTalk's own wrapper the one it opens."""
    target = web_address(url)
    kind = f' class="{css}"' if css else ""
    if target is None:
        return f'<span{kind} title="{escape(url)}">{label}</span>'
    return f'<a{kind} href="{escape(target)}" target="_blank" rel="noopener noreferrer">{label}</a>'


def web_address(url: str) -> str | None:
    """The http(s) address behind a button: itself, or the `url` of dingtalk://dingtalkclient/page/link."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme == "dingtalk" and parts.path == "/page/link":
            inner = parse_qs(parts.query).get("url", [""])[0]
            return inner if urlsplit(inner).scheme in ("http", "https") else None
    except ValueError:
        return None
    return url.strip() if parts.scheme in ("http", "https") else None


def _span(match: re.Match[str]) -> str:
    if match["image"] is not None:
        return picture(match["image"], match["alt"])
    if match["url"] is not None:
        return link(match["url"], _plain(match["label"]))
    if match["bold"] is not None:
        return f"<b>{inline(match['bold'])}</b>"
    return f"<i>{inline(match['italic'])}</i>"


def picture(url: str, alt: str = "") -> str:
    return f'<span class="picture" title="{escape(url)}">{escape(alt) or "图片"}</span>'


def _plain(text: str) -> str:
    return escape(text).replace("&amp;nbsp;", "&nbsp;")


def _is_plain(line: str) -> bool:
    return bool(line) and not (
        line.startswith(">") or _HEADING.fullmatch(line) or _BULLET.fullmatch(line) or _NUMBER.fullmatch(line)
    )


def _take(lines: list[str], wanted: Callable[[str], bool]) -> list[str]:
    """Removes and returns the leading lines that, stripped, are wanted."""
    taken = []
    while lines and wanted(lines[0].strip()):
        taken.append(lines.pop(0))
    return taken


def _paragraph(lines: list[str]) -> str:
    shown = [inline(line.strip()) + ("<br>" if line.endswith("  ") else " ") for line in lines]
    return "".join(shown).strip().removesuffix("<br>")
