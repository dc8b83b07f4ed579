"""How many deliveries failed lately: the red number at the tab."""

from __future__ import annotations

from dingbell.delivery.models import Delivery, DeliveryState


def lately(since_us: int, most: int) -> int:
    """Failed deliveries owed since then, counted up to `most`: a number nobody reads to the end costs nothing."""
    newest = Delivery.objects.filter(state=DeliveryState.FAILED).order_by("-id").values_list("created_us", flat=True)
    return sum(created_us >= since_us for created_us in newest[:most])
