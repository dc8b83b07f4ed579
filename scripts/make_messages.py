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


def collect(root: Path) -> None:
    """Bring the catalog under `root` up to date with the texts under `root`. Raises CalledProcessError."""
    command = [sys.executable, "-m", "django", "makemessages", "-l", "en", "--no-location", "--no-obsolete"]
    with tempfile.TemporaryDirectory() as data:
        subprocess.run(
            [*command, "--no-wrap", "-v", "0", "-i", "static/*"],
            cwd=root / "src/dingbell",
            env=os.environ
            | {
                "PYTHONPATH": str(root / "src"),
                "DJANGO_SETTINGS_MODULE": "dingbell.settings",
                "DINGBELL_DATA_DIR": data,
            },
            check=True,
        )
    catalog = root / CATALOG
    # The moment of extraction would change the file each time.
    catalog.write_text(re.sub(r'"POT-Creation-Date:.*\n', "", catalog.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    collect(ROOT)
