"""Ids as both databases keep them: signed, eight bytes."""

from __future__ import annotations

LARGEST_ID = 2**63 - 1
