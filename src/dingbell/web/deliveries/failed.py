"""失败记录: the failures nobody has seen to, as a number at the tab and as an address."""

from __future__ import annotations

from dingbell.delivery import failures

QUERY = "?state=unhandled"
_MOST = 100


def unhandled_failures() -> str:
    """ "" for none, "99+" for more than anyone counts."""
    count = failures.unhandled(_MOST)
    return "" if count == 0 else str(count) if count < _MOST else f"{_MOST - 1}+"
