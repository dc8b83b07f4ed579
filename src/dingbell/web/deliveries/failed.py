"""失败记录: what failed in the last seven days, as a number at the tab and as an address."""

from __future__ import annotations

from dingbell.delivery import failures
from dingbell.storage.times import DAY, now_us

QUERY = "?state=failed&range=7d"
_DAYS = 7
_MOST = 100


def failed_lately() -> str:
    """ "" for none, "99+" for more than anyone counts."""
    count = failures.lately(now_us() - _DAYS * DAY, _MOST)
    return "" if count == 0 else str(count) if count < _MOST else f"{_MOST - 1}+"
