"""Collect every text of the product into the English catalog: `make messages` (needs Debian's gettext)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOG = Path("src/dingbell/web/locale/en/LC_MESSAGES/django.po")


# msgmerge would otherwise guess the English of a new text from one that looks like it.
PROGRAM = """
from django.core.management import call_command
from django.core.management.commands.makemessages import Command
Command.msgmerge_options = [*Command.msgmerge_options, "--no-fuzzy-matching"]
options = {"no_location": True, "no_obsolete": True, "no_wrap": True, "verbosity": 0}
call_command(Command(), locale=["en"], ignore_patterns=["static/*"], **options)
"""


def collect(root: Path) -> None:
    """Bring the catalog under `root` up to date with the texts under `root`. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as data:
        settings = {"DJANGO_SETTINGS_MODULE": "dingbell.settings", "DINGBELL_DATA_DIR": data}
        environment = os.environ | settings | {"PYTHONPATH": str(root / "src")}
        subprocess.run([sys.executable, "-c", PROGRAM], cwd=root / "src/dingbell", env=environment, check=True)
    catalog = root / CATALOG
    # The moment of extraction would change the file each time.
    catalog.write_text(re.sub(r'"POT-Creation-Date:.*\n', "", catalog.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    collect(ROOT)
