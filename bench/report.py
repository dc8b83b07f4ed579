"""The table, for the terminal, for docs/performance.md and, as JSON, for whoever compares runs."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.figures import ALERTMANAGER, APPRISE, POSTGRESQL, SQLITE, Figure

_HEAD = ("指标", "单位", "钉铃 SQLite", "钉铃 PostgreSQL", "对照", "SQLite 比", "PostgreSQL 比", "目标", "结果")
_MARKED = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.DOTALL)


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table that also stands straight in a terminal.

    对照 is Alertmanager, in a storm Apprise; 比 is ours to Alertmanager's.
    """
    measured = any(POSTGRESQL in figure.rounds for figure in figures)
    head = [cell if measured or POSTGRESQL not in cell else f"{cell}（未测）" for cell in _HEAD]
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(_HEAD))]
    rule = "|".join(["", *("-" * (width + 2) for width in widths), ""])
    lines = [
        "| " + " | ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], rule, *lines[1:]])


def document(when: datetime, machine: dict[str, str], figures: Sequence[Figure]) -> str:
    about = "；".join(f"{name} {value}" for name, value in machine.items())
    return f"{when:%Y-%m-%d %H:%M}。{about}。\n\n{table(figures)}\n"


def write_json(path: Path, when: datetime, machine: dict[str, str], figures: Sequence[Figure]) -> None:
    path.parent.mkdir(exist_ok=True)
    content: dict[str, Any] = {
        "at": when.isoformat(timespec="seconds"),
        "machine": machine,
        "figures": [figure.as_json() for figure in figures],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")


def write_page(page: Path, content: str) -> None:
    """Put it between the two marks of the page."""
    text = page.read_text("utf-8")
    page.write_text(_MARKED.sub(lambda found: f"{found[1]}{content}{found[2]}", text), "utf-8")


def _row(figure: Figure) -> tuple[str, ...]:
    met = {True: "达到", False: "未达到", None: ""}[figure.met]
    return (
        figure.name,
        figure.unit,
        *(_number(figure.value(side)) for side in (SQLITE, POSTGRESQL, _beside(figure))),
        *(_times(figure.ratio(side)) for side in (SQLITE, POSTGRESQL)),
        "" if figure.target is None else str(figure.target),
        met,
    )


def _beside(figure: Figure) -> str:
    return APPRISE if APPRISE in figure.rounds else ALERTMANAGER


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}×"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
