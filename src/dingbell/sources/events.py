"""The body of `POST /api/v1/events` (contract §5): JSON in, reports and named refusals out. Pure."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal

import msgspec
from django.utils.translation import gettext as _
from msgspec import UNSET, UnsetType

from dingbell.alarms.alarm import PRIORITY_BY_WORD, AckMode, Priority, Report, Value
from dingbell.sources import decoding
from dingbell.storage.times import DAY, to_us

LONGEST_KEY = 512
LONGEST_TEXT = 65_536
LONGEST_NUMBER = 309  # digits of the largest float: more would be infinite to whoever counts with it
MOST_LABELS = 64
LONGEST_LABEL = 1_024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # PowerShell writes one
EARLIEST = to_us(datetime(2000, 1, 1, tzinfo=UTC))
_LARGEST = sys.float_info.max
_Text = str | None | UnsetType


class Malformed(Exception):
    """The body is no JSON at all; the text says where. Nothing of it can be kept."""


class Rejected(Exception):
    """One event cannot be taken; `field` is "" when it is none of its own."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
        self.text = text


class _Event(msgspec.Struct, gc=False):
    source: str
    key: str
    state: Literal["active", "cleared"]
    time: _Text = UNSET
    name: _Text = UNSET
    path: _Text = UNSET
    area: _Text = UNSET
    type: _Text = UNSET
    unit: _Text = UNSET
    description: _Text = UNSET
    priority: _Text = UNSET
    ack_mode: Literal["auto", "manual", "manual_note"] | UnsetType | None = UNSET
    value: Value | UnsetType = UNSET
    limit: Value | UnsetType = UNSET
    labels: dict[str, str] | UnsetType | None = UNSET


@dataclass
class Parsed:
    """`reports` in their order; `rejected` as (index, reason). `single`: the body was one object, not an array."""

    reports: list[Report] = field(default_factory=list)
    rejected: list[tuple[int, Rejected]] = field(default_factory=list)
    single: bool = False


_one = msgspec.json.Decoder(_Event)
_all = msgspec.json.Decoder(list[_Event])


def parse(body: bytes, receipt_us: int, zone: tzinfo) -> Parsed:
    """Every event of the body, good or bad. `zone` is that of times without one. Raises Malformed."""
    body = body.removeprefix(BYTE_ORDER_MARK)
    single = body.lstrip()[:1] != b"["
    parsed = Parsed(single=single)
    for index, event in enumerate(_decode(body, single)):
        try:
            if isinstance(event, Rejected):
                raise event
            parsed.reports.append(_report(event, receipt_us, zone))
        except Rejected as rejected:
            parsed.rejected.append((index, rejected))
    return parsed


def _decode(body: bytes, single: bool) -> Sequence[_Event | Rejected]:
    # An escaped NUL is all that the decoder lets through: then each event is looked at alone.
    if b"\\u0000" not in body:
        try:
            return [_one.decode(body)] if single else _all.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # what is wrong, and with which of them, is found below
    document = load(body)
    return [_convert(item) for item in (document if isinstance(document, list) else [document])]


def load(body: bytes) -> object:
    """JSON that may hold broken text: bytes that are no UTF-8 become surrogates, which `_convert` finds."""

    def refuse(constant: str) -> None:
        raise Malformed(_("不是有效的 JSON：%(constant)s 不是数字") % {"constant": constant})

    try:
        text = body.decode("utf-8", "surrogateescape")
        return json.loads(text, parse_constant=refuse, parse_int=_whole)
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise Malformed(_("不是有效的 JSON（第 %(line)d 行第 %(column)d 列）") % place) from None
    except RecursionError:
        raise Malformed(_("JSON 嵌套过深")) from None


def _whole(digits: str) -> float:
    """Python refuses thousands of digits; as infinity they reach `_checked_value`, and cost only their own event."""
    return int(digits) if len(digits) <= LONGEST_NUMBER else math.inf


def _convert(item: object) -> _Event | Rejected:
    try:
        event = msgspec.convert(item, _Event)
    except msgspec.ValidationError as error:
        return wrong_type(str(error))
    except UnicodeEncodeError:
        return Rejected("", broken_text())
    for text in _texts(event):
        if "\x00" in text:
            return Rejected("", _("文本中有 NUL 字符（\\u0000）"))
        try:
            text.encode()
        except UnicodeEncodeError:
            return Rejected("", broken_text())
    return event


def broken_text() -> str:
    return _("文本不是有效的 UTF-8 编码，或有不成对的代理字符（\\ud800 至 \\udfff）")


def _texts(event: _Event) -> list[str]:
    found = [value for value in msgspec.structs.astuple(event) if isinstance(value, str)]
    if isinstance(event.labels, dict):
        found += [*event.labels, *event.labels.values()]
    return found


def _report(event: _Event, receipt_us: int, zone: tzinfo) -> Report:
    for name, required in (("source", event.source), ("key", event.key)):
        if not required.strip():
            raise Rejected(name, _("不能为空"))
        if len(required) > LONGEST_KEY:
            raise Rejected(name, _too_long(LONGEST_KEY, required))
    return Report(
        source=event.source,
        key=event.key,
        active=event.state == "active",
        name=_short_enough("name", event.name),
        path=_short_enough("path", event.path),
        area=_short_enough("area", event.area),
        type=_short_enough("type", event.type),
        unit=_short_enough("unit", event.unit),
        description=_short_enough("description", event.description),
        priority=_priority(event.priority) if isinstance(event.priority, str) else UNSET,
        ack_mode=AckMode(event.ack_mode) if isinstance(event.ack_mode, str) else UNSET,
        labels=_checked_labels(event.labels) if isinstance(event.labels, dict) else UNSET,
        value=_checked_value("value", event.value),
        limit=_checked_value("limit", event.limit),
        time_us=_time(event.time, receipt_us, zone) if isinstance(event.time, str) else None,
    )


def _priority(word: str) -> Priority:
    found = PRIORITY_BY_WORD.get(word) or PRIORITY_BY_WORD.get(word.strip().lower())
    if found is None:
        raise Rejected(
            "priority",
            _("没有这个级别：%(given)s。可用：critical、high、medium、low 或 紧急、高、中、低") % {"given": word[:40]},
        )
    return found


def _short_enough(name: str, text: _Text) -> str | UnsetType:
    """None is like not mentioned: what is known stays."""
    if text is UNSET or text is None:
        return UNSET
    if len(text) > LONGEST_TEXT:
        raise Rejected(name, _too_long(LONGEST_TEXT, text))
    return text


def _too_long(most: int, text: str) -> str:
    return _("最多 %(most)d 个字符，收到 %(length)d 个") % {"most": most, "length": len(text)}


def _checked_value(name: str, value: Value | UnsetType) -> Value | UnsetType:
    if isinstance(value, float | int):
        if not -_LARGEST <= value <= _LARGEST:
            raise Rejected(name, _("数字超出范围"))
        return value
    return _short_enough(name, value) if isinstance(value, str) else value


def _checked_labels(labels: dict[str, str]) -> dict[str, str]:
    if len(labels) > MOST_LABELS:
        raise Rejected(
            "labels", _("最多 %(most)d 个标签，收到 %(count)d 个") % {"most": MOST_LABELS, "count": len(labels)}
        )
    for name, value in labels.items():
        if len(name) > LONGEST_LABEL or len(value) > LONGEST_LABEL:
            raise Rejected(
                "labels", _("标签名和值最多 %(most)d 个字符：%(name)s") % {"most": LONGEST_LABEL, "name": name[:40]}
            )
    return labels


def _time(text: str, receipt_us: int, zone: tzinfo) -> int:
    """Microseconds of an ISO 8601 time; one without a zone is in `zone`."""
    try:
        moment = datetime.fromisoformat(text.strip())
        time_us = to_us(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise Rejected(
            "time",
            _("看不懂这个时间：%(given)s。应为 2026-11-22T08:00:00+08:00 这样的 ISO 8601 时间") % {"given": text[:40]},
        ) from None
    if time_us > receipt_us + DAY:
        raise Rejected("time", _("时间比现在晚 24 小时以上：%(given)s。请检查发送方的时钟") % {"given": text[:40]})
    if time_us < EARLIEST:
        raise Rejected("time", _("时间早于 2000 年：%(given)s。请校准发送方的时钟，或不填 time") % {"given": text[:40]})
    return time_us


_MISSING = re.compile(r"missing required field `(?P<field>\w+)`")
_ENUM = re.compile(r"Invalid enum value '?(?P<got>[^']*?)'?( - at|$)")


def wrong_type(error: str) -> Rejected:
    """What the decoder found, in words a person at a plant can act on."""
    name = decoding.place(error)
    if missing := _MISSING.search(error):
        return Rejected(missing["field"], _("缺少必填字段"))
    if got := decoding.MISMATCH.search(error):
        if not name and got["wanted"] == "object":
            return Rejected("", _("每个事件应为一个 JSON 对象，收到 %(got)s") % {"got": decoding.type_word(got["got"])})
        return Rejected(name, decoding.mismatch(got))
    if enum := _ENUM.search(error):
        allowed = {"state": "active, cleared", "ack_mode": "auto, manual, manual_note"}.get(name, "")
        return Rejected(
            name, _("不认识的值：%(got)s。可用：%(allowed)s") % {"got": enum["got"][:40], "allowed": allowed}
        )
    if "out of range" in error:
        return Rejected(name, _("数字超出范围"))
    return Rejected(name, error)
