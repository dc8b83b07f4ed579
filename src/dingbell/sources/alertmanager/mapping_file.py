"""The file `alertmanager.toml` that changes the mapping (docs/alertmanager.md)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Table
from pathlib import Path
from typing import Any

from dingbell.alarms.alarm import PRIORITY_BY_WORD, AckMode, Priority
from dingbell.sources.alertmanager.mapping import FIELDS, WORDS, Mapping, Place, Reference, annotation, label
from dingbell.sources.events import LONGEST_KEY
from dingbell.storage.configuration import Configuration, ConfigurationError
from dingbell.storage.times import DAY, HOUR, MINUTE, SECOND

NAME = "alertmanager.toml"
_KEYS = frozenset({"resolve_timeout", "source", "priority", "ack_mode", "fields", "priorities"})
_UNITS = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND}
_DURATION = re.compile(r"(?:\d+[dhms])+")
_PRIORITIES = ", ".join(priority.word for priority in reversed(Priority))


class _Bad(Exception):
    """What is wrong; its key comes first."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"{key}: {text}")


def load(configuration: Configuration) -> Mapping:
    """The mapping of this installation: the named file has to be there, the default one may be.

    Raises ConfigurationError, which names the file and the key.
    """
    named = configuration.alertmanager_mapping
    path = Path(named) if named else configuration.data_dir / NAME
    try:
        return parse(path.read_text("utf-8"))
    except FileNotFoundError as error:
        if named:
            raise ConfigurationError(f"DINGBELL_ALERTMANAGER_MAPPING: {error}") from error
        return Mapping()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, _Bad) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def parse(text: str) -> Mapping:
    """The defaults with what the text changes."""
    given = tomllib.loads(text)
    _only("", given, _KEYS)
    default = Mapping()
    return Mapping(
        fields={**FIELDS, **_fields(_table("fields", given))},
        words=_words(_table("priorities", given)),
        source=_source(given.get("source", default.source)),
        priority=_priority(given.get("priority", default.priority.word)),
        ack_mode=_ack_mode(given.get("ack_mode", default.ack_mode.value)),
        resolve_timeout_us=_duration(given.get("resolve_timeout", "5m")),
    )


def _table(key: str, given: dict[str, Any]) -> dict[str, Any]:
    table = given.get(key, {})
    if not isinstance(table, dict):
        raise _Bad(key, f"应为一节 / must be a table: [{key}]")
    return table


def _only(prefix: str, given: Table[str, object], known: Table[str, object] | frozenset[str]) -> None:
    for key in given:
        if key not in known:
            raise _Bad(prefix + key, "没有这一项，可用 / no such key, there are: " + ", ".join(sorted(known)))


def _fields(given: dict[str, Any]) -> dict[str, tuple[Place, ...]]:
    _only("fields.", given, FIELDS)
    return {name: _places(f"fields.{name}", places) for name, places in given.items()}


def _places(key: str, given: object) -> tuple[Place, ...]:
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        raise _Bad(key, '应为一个列表 / must be a list: ["labels.job", "annotations.summary"]')
    return tuple(_place(key, item) for item in given)


def _place(key: str, given: object) -> Place:
    """A reference, or a list of them whose texts are joined by a slash."""
    joined = given if isinstance(given, list) and given else [given]
    return tuple(reference for item in joined for reference in _reference(key, item))


def _reference(key: str, given: object) -> tuple[Reference, ...]:
    where, _, name = given.partition(".") if isinstance(given, str) else ("", "", "")
    if name and where == "labels":
        return label(name)
    if name and where == "annotations":
        return annotation(name)
    raise _Bad(key, f"应为 labels.名称 或 annotations.名称 / must be labels.NAME or annotations.NAME: {given!r}")


def _words(given: dict[str, Any]) -> dict[str, Priority]:
    """A level that is given replaces that level's words; a word stands for one level only."""
    _only("priorities.", given, {priority.word: None for priority in Priority})
    words = {word: priority for priority, default in WORDS.items() for word in default if priority.word not in given}
    mine: dict[str, Priority] = {}
    for level, listed in given.items():
        if not isinstance(listed, list) or not all(isinstance(word, str) and word.strip() for word in listed):
            raise _Bad(f"priorities.{level}", '应为文本的列表 / must be a list of texts: ["page", "P1"]')
        for word in (word.strip().lower() for word in listed):
            if mine.setdefault(word, PRIORITY_BY_WORD[level]) is not PRIORITY_BY_WORD[level]:
                raise _Bad(f"priorities.{level}", f"这个词已属于别的级别 / belongs to another level: {word}")
    return words | mine


def _source(given: object) -> str:
    if not isinstance(given, str) or not 1 <= len(given.strip()) <= LONGEST_KEY:
        raise _Bad("source", f"应为 1 到 {LONGEST_KEY} 个字符的文本 / must be a text of 1 to {LONGEST_KEY} characters")
    return given.strip()


def _priority(given: object) -> Priority:
    found = PRIORITY_BY_WORD.get(given.strip().lower()) if isinstance(given, str) else None
    if found is None:
        raise _Bad("priority", f"应为 / must be one of {_PRIORITIES}: {given!r}")
    return found


def _ack_mode(given: object) -> AckMode:
    if not isinstance(given, str) or given not in set(AckMode):
        raise _Bad("ack_mode", f"应为 / must be one of {', '.join(AckMode)}: {given!r}")
    return AckMode(given)


def _duration(given: object) -> int:
    """Microseconds of `5m`, `1h30m` or of a whole number of seconds."""
    text = f"{given}s" if isinstance(given, int) else given
    if isinstance(text, str) and _DURATION.fullmatch(text):
        time_us = sum(int(part[:-1]) * _UNITS[part[-1]] for part in re.findall(r"\d+[dhms]", text))
        if 0 < time_us <= 365 * DAY:
            return time_us
    raise _Bad("resolve_timeout", f"应为 5m、90s、1h30m 这样的时间 / must be a duration like 5m: {given!r}")
