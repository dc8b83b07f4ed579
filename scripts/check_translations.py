"""Fail when the English catalog lags behind the pages: part of `make check`."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from babel.messages.pofile import read_po
from make_messages import CATALOG, ROOT, collect

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
# What DingTalk's own pages call something, in brackets or quotation marks: there is no English on them.
NAMED = re.compile(r"\([^()]*\)|“[^”]*”")


def messages(catalog: Path) -> dict[str, list[str]]:
    """The translations of each msgid; a fuzzy one has none."""
    found: dict[str, list[str]] = {}
    with catalog.open("rb") as file:
        for message in read_po(file):
            if not message.id:
                continue
            key = message.id if isinstance(message.id, str) else message.id[0]
            texts = [message.string] if isinstance(message.string, str) else list(message.string)
            found[f"{message.context or ''}|{key}"] = [] if message.fuzzy else texts
    return found


def freshly_collected() -> set[str]:
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        left_out = shutil.ignore_patterns("__pycache__", "dist", "*.mo")
        shutil.copytree(ROOT / "src/dingbell", copy / "src/dingbell", ignore=left_out)
        collect(copy)
        return set(messages(copy / CATALOG))


def complaints() -> list[str]:
    have = messages(ROOT / CATALOG)
    found = [f"not translated: {key}" for key, texts in have.items() if not texts or not all(texts)]
    english = {key: NAMED.sub("", "".join(texts)) for key, texts in have.items()}
    found += [f"Chinese in English: {key}" for key, text in english.items() if CHINESE.search(text)]
    if shutil.which("xgettext") is None:
        print("gettext is not installed: whether the catalog holds every text was not checked", file=sys.stderr)
        return found
    wanted = freshly_collected()
    found += [f"missing in the catalog, run make messages: {key}" for key in sorted(wanted - set(have))]
    found += [f"used nowhere, run make messages: {key}" for key in sorted(set(have) - wanted)]
    return found


if __name__ == "__main__":
    if found := complaints():
        sys.exit("\n".join(found))
