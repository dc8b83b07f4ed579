"""What DingTalk does not let through (430101 and 430102, contain.…). Its lists are secret; these are the test's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum


class Objection(Enum):
    """errcode of the old interface and code of the new one."""

    LINK = 430101, "contain.unsafe.url"
    TEXT = 430102, "contain.notAllowed.text"


@dataclass(slots=True, frozen=True)
class Censor:
    hosts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def objection(self, content: object) -> Objection | None:
        """`content` is the message as it came: text, title, links and buttons alike."""
        if not self.hosts and not self.words:
            return None
        seen = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        if any(host in seen for host in self.hosts):
            return Objection.LINK
        if any(word in seen for word in self.words):
            return Objection.TEXT
        return None
