"""Take secrets out of a text before anyone reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"

# The order matters: a whole query goes first, so the later patterns see only what stands outside a URL.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\?[^\s\"'<>?]*=[^\s\"'<>]*"), f"?{MASK}"),
    (re.compile(r"(?<=//)[^\s/@\"']+@"), f"{MASK}@"),
    (
        re.compile(
            r"(?i)((?:x-acs-dingtalk-)?(?:access|refresh)[-_]?token|(?:app|client|corp|suite)[-_]?secret"
            r"|proxy-authorization|authorization|\bsign|\bticket|\bsecret|\bsession)"
            r"(\\?[\"']?\s*[=:]\s*\\?[\"']?)(?:(?:basic|bearer)\s+)?[^\s\"'\\&,;}<>]+"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"\bSEC[0-9A-Za-z]{16,}"), f"SEC{MASK}"),
)

# What stands after /a/ in a personal link (notify/messages/personal_links.py), wherever and however quoted it stands.
_PERSONAL_LINK = re.compile(r"\d{1,19}-\d{1,19}-\d{1,10}-\d{1,13}\.[\w-]{43}")


def mask_links(text: str) -> str:
    """`text` without the part of personal links that lets somebody act as a person."""
    return _PERSONAL_LINK.sub(MASK, text)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without URL queries, credentials by name, signing secrets, and each of `secrets`.

    A known secret under 4 characters is left alone: it would blank ordinary words and protects nothing.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return mask_links(text)
