"""What a browser is called, for a list of devices."""

from __future__ import annotations

# The first that stands in the User-Agent counts: nearly all of them also claim to be Chrome, Safari and Mozilla.
_PROGRAMS = (
    ("DingTalk", "钉钉"), ("MicroMessenger", "微信"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"),
    ("QQBrowser", "QQ"), ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_name(user_agent: str) -> str:
    """`Chrome · Windows`; what is not known is shown as it calls itself, cut short."""
    found = [next((name for mark, name in marks if mark in user_agent), "") for marks in (_PROGRAMS, _SYSTEMS)]
    return " · ".join(filter(None, found)) or user_agent[:40]
