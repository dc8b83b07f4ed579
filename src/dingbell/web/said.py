"""One sentence about what became of a press of a button, as a toast now or on the next page."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.messages import constants

_MESSAGE_LEVELS = {
    "success": constants.SUCCESS,
    "info": constants.INFO,
    "warning": constants.WARNING,
    "danger": constants.ERROR,
}


@dataclass(frozen=True, slots=True)
class Said:
    """`level` is success, info, warning or danger."""

    text: str
    level: str

    @property
    def toast(self) -> dict[str, str]:
        """For `HX-Trigger: {"toast": …}`."""
        return {"text": self.text, "level": self.level}

    @property
    def message_level(self) -> int:
        """For django.contrib.messages."""
        return _MESSAGE_LEVELS[self.level]
