"""The body of `POST /api/v2/alerts` (Alertmanager's openapi.yaml, postableAlerts): JSON in, alerts out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import msgspec
from django.utils.translation import gettext as _

from dingbell.alarms.alarm import Alarm
from dingbell.sources.alertmanager.fingerprint import fingerprint
from dingbell.sources.events import BYTE_ORDER_MARK, EARLIEST, Malformed, broken_text, load, wrong_type
from dingbell.storage.times import DAY, to_us

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_REASONS_SHOWN = 100


class Refused(Exception):
    """One alert cannot be taken; the text says why."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as it came, empty labels left out. Times in microseconds; None: absent or zero."""

    labels: dict[str, str]
    annotations: dict[str, str]
    generator_url: str
    starts_us: int | None
    ends_us: int | None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.labels)


@dataclass
class Parsed:
    """`alerts` in their order; `refused` as (index in the body, reason)."""

    alerts: list[Alert] = field(default_factory=list)
    refused: list[tuple[int, Refused]] = field(default_factory=list)

    @property
    def reasons(self) -> str:
        shown = [f"[{index}] {reason}" for index, reason in self.refused]
        if (left_out := len(shown) - _REASONS_SHOWN) > 0:
            shown[_REASONS_SHOWN:] = [_("另有 %(count)d 条") % {"count": left_out}]
        return "; ".join(shown)


class _Posted(msgspec.Struct, rename="camel"):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    starts_at: str | None = None
    ends_at: str | None = None
    generator_url: str | None = msgspec.field(default=None, name="generatorURL")


_all = msgspec.json.Decoder(list[_Posted])
_UNFIT = re.compile("[\x00\ud800-\udfff]")  # what no database keeps


def parse(body: bytes, receipt_us: int, zone: tzinfo) -> Parsed:
    """Every alert of the body, good or bad. `zone` is that of times without one. Raises events.Malformed."""
    parsed = Parsed()
    for index, posted in enumerate(_decode(body.removeprefix(BYTE_ORDER_MARK))):
        try:
            if isinstance(posted, Refused):
                raise posted
            alert = _alert(posted, zone)
            _check_times(alert, receipt_us)
            parsed.alerts.append(alert)
        except Refused as refused:
            parsed.refused.append((index, refused))
    return parsed


def _decode(body: bytes) -> Sequence[_Posted | Refused]:
    # As in events.py: only an escape can hide NUL or half a surrogate pair; then each alert is looked at alone.
    if b"\\u" not in body:
        try:
            return _all.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # which of them is wrong is found below
    document = load(body)
    if not isinstance(document, list):
        raise Malformed(_("应为报警的数组"))
    return [_convert(item) for item in document]


def _convert(item: object) -> _Posted | Refused:
    try:
        posted = msgspec.convert(item, _Posted)
    except msgspec.ValidationError as error:
        rejected = wrong_type(str(error))
        return Refused(f"{rejected.field}：{rejected.text}" if rejected.field else rejected.text)
    except UnicodeEncodeError:
        return Refused(broken_text())
    return _mended(posted)


def _mended(posted: _Posted) -> _Posted:
    """Without what cannot be kept, for the sender could do nothing about a refusal."""

    def mend(texts: dict[str, str] | None) -> dict[str, str] | None:
        return texts and {name: _UNFIT.sub("\ufffd", value) for name, value in texts.items()}

    return _Posted(
        labels=mend(posted.labels),
        annotations=mend(posted.annotations),
        starts_at=posted.starts_at,
        ends_at=posted.ends_at,
        generator_url=_UNFIT.sub("\ufffd", posted.generator_url or ""),
    )


def _alert(posted: _Posted, zone: tzinfo) -> Alert:
    labels = {name: value for name, value in (posted.labels or {}).items() if value}
    if not labels:
        raise Refused(_("至少要有一个标签"))
    annotations = posted.annotations or {}
    _check_names("labels", labels)
    _check_names("annotations", annotations)
    starts_us = _instant("startsAt", posted.starts_at, zone)
    ends_us = _instant("endsAt", posted.ends_at, zone)
    return Alert(
        labels=labels,
        annotations=annotations,
        generator_url=posted.generator_url or "",
        starts_us=starts_us,
        ends_us=ends_us,
    )


def _check_names(where: str, texts: Mapping[str, str]) -> None:
    for name in texts:
        if not _NAME.fullmatch(name):
            raise Refused(_("%(where)s：名称无效：%(name)s") % {"where": where, "name": name[:40]})


def _check_times(alert: Alert, receipt_us: int) -> None:
    """The limits of `POST /api/v1/events` for the time of the event."""
    starts_us, ends_us = alert.starts_us, alert.ends_us
    if starts_us is not None and ends_us is not None and ends_us < starts_us:
        raise Refused(_("endsAt 早于 startsAt"))
    if starts_us is not None and starts_us > receipt_us + DAY:
        raise Refused(_("startsAt 比现在晚 24 小时以上，请检查发送方的时钟"))
    for name, time_us in (("startsAt", starts_us), ("endsAt", ends_us)):
        if time_us is not None and time_us < EARLIEST:
            raise Refused(_("%(name)s 早于 2000 年，请校准发送方的时钟") % {"name": name})


def _instant(name: str, text: str | None, zone: tzinfo) -> int | None:
    """Microseconds of an RFC 3339 time; amtool writes the year 1 for none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.year == 1:
            return None
        return to_us(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError):
        raise Refused(_("%(name)s：看不懂这个时间：%(given)s") % {"name": name, "given": text[:40]}) from None


class Origin(msgspec.Struct, frozen=True, tag="alertmanager", tag_field="api"):
    """An alert in its own words, as `Report.origin` keeps it, and when it was last heard of."""

    labels: dict[str, str]
    annotations: dict[str, str]
    generator_url: str
    updated_us: int


_origin = msgspec.json.Decoder(Origin)
_encode = msgspec.json.encode


def write_origin(alert: Alert, updated_us: int) -> str:
    return _encode(Origin(alert.labels, alert.annotations, alert.generator_url, updated_us)).decode()


def read_origin(alarm: Alarm) -> Origin | None:
    """None for an alarm that came another way."""
    try:
        return _origin.decode(alarm.origin)
    except msgspec.MsgspecError:
        return None
