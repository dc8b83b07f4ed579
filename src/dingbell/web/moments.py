"""Moments as the fields of a page write them (`datetime-local`), in the plant's zone."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from dingbell.storage.times import to_us


def read(text: str) -> int | None:
    """Microseconds; None for what is no moment."""
    try:
        found = datetime.fromisoformat(text)
        return to_us(found if found.tzinfo else timezone.make_aware(found))
    except (ValueError, OverflowError):
        return None
