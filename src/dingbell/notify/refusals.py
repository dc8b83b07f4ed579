"""Why a change of the configuration is not made, field by field and all at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from django.utils.translation import gettext as _
from msgspec import UNSET, UnsetType

Text = str | UnsetType | None  # a text of an input; UNSET: not mentioned


class FieldError(msgspec.Struct, frozen=True):
    """`field` is a path as the contract writes it: `robots[0].webhook`; "" for the whole."""

    field: str
    message: str


class Invalid(Exception):
    """What was given cannot be kept. Nothing was changed."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = list(errors)


class InUse(Invalid):
    """Something else still names what should go. Nothing was changed."""


class Missing(Exception):
    """No service or rule has this id."""


class Findings:
    """Problems and doubts found so far. What is asked here answers something usable even when it notes a problem."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []
        self.warnings: list[FieldError] = []

    def add(self, field: str, message: str) -> None:
        self.errors.append(FieldError(field, message))

    def warn(self, field: str, message: str) -> None:
        """Of what is kept, but looks wrong."""
        self.warnings.append(FieldError(field, message))

    def settle(self) -> None:
        """Raises Invalid when there is any problem."""
        if self.errors:
            raise Invalid(self.errors)

    def text(self, field: str, given: str | UnsetType | None, kept: str, *, most: int, required: bool = False) -> str:
        """`given` without space around it, or `kept` when it was left out."""
        text = kept if isinstance(given, UnsetType) else (given or "").strip()
        if required and not text:
            self.add(field, _("必填"))
        elif len(text) > most:
            self.add(field, _("最多 %(most)d 个字符，收到 %(length)d 个") % {"most": most, "length": len(text)})
        elif not storable(text):
            self.add(field, _("含有不能保存的字符"))
            return ""
        return text


def storable(text: str) -> bool:
    """PostgreSQL keeps no NUL, and half a surrogate pair is no text."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def given(value: object) -> bool:
    """Whether a field was mentioned at all: null says no more than leaving it out."""
    return value is not UNSET and value is not None
