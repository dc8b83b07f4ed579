"""Microseconds and datetimes say the same moment, exactly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dingbell.storage.times import from_us, iso, to_us

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=zones))  # noqa: DTZ001
def test_no_microsecond_is_lost_on_the_way(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment
    assert from_us(to_us(moment), moment.tzinfo or UTC).isoformat() == moment.isoformat()


def test_api_answers_carry_the_offset_of_the_plant() -> None:
    assert iso(1_800_000_000_000_000, ZoneInfo("Asia/Shanghai")) == "2027-01-15T16:00:00+08:00"
    assert iso(None) is None
