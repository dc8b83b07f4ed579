"""Passwords: how long they are, and one for somebody who has none yet."""

from __future__ import annotations

import secrets

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # read out and typed: nothing that looks like another


class LengthValidator(MinimumLengthValidator):
    """Django's own, in words of the product."""

    def __init__(self, min_length: int = 10) -> None:
        super().__init__(min_length)

    def get_error_message(self) -> str:
        return _("密码太短，至少需要 %(count)d 个字符。") % {"count": self.min_length}

    def get_help_text(self) -> str:
        return _("至少 %(count)d 个字符，不能是常见密码，也不要和用户名相近。") % {"count": self.min_length}


def generated() -> str:
    """59 random bits, like `k7mp-x3qd-9rtw`."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
