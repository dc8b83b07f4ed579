"""The length rule of passwords; Django's own speaks English in a Chinese page."""

from __future__ import annotations

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import gettext as _


class LengthValidator(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return _("密码太短，至少需要 %(count)d 个字符。") % {"count": self.min_length}

    def get_help_text(self) -> str:
        return _("至少 %(count)d 个字符，不能是常见密码，也不要和用户名相近。") % {"count": self.min_length}
