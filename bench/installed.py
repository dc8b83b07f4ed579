"""The product as `make install` leaves it, without the tools of tests that stand beside it in a checkout.

structlog loads rich and greenlet wherever it finds them: 6 MiB that no plant has.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tomllib
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock

from packaging.requirements import Requirement

from bench.processes import ROOT

_making = Lock()  # parts may run at once


def command(*arguments: str) -> list[str]:
    """`dingbell …` by an interpreter that sees no packages but those of PYTHONPATH."""
    return [sys.executable, "-S", "-m", "dingbell", *arguments]


def python_path() -> str:
    with _making:
        return f"{ROOT / 'src'}{os.pathsep}{_packages()}"


@cache
def _packages() -> Path:
    """Links to all that the product and its extras need; gone with this process."""
    folder = Path(mkdtemp(prefix="dingbell-packages-"))
    atexit.register(shutil.rmtree, folder)
    for package in _needed():
        for name in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
            (folder / name).symlink_to(str(package.locate_file(name)))
    return folder


def _needed() -> list[Distribution]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    waiting = [Requirement(line) for line in [*project["dependencies"], *(line for extra in extras for line in extra)]]
    found: dict[tuple[str, str], Distribution] = {}
    while waiting:
        wanted = waiting.pop()
        for extra in {"", *wanted.extras} - {extra for name, extra in found if name == wanted.name}:
            package = found[wanted.name, extra] = distribution(wanted.name)
            waiting += [one for one in map(Requirement, package.requires or ()) if _applies(one, extra)]
    return list({package.name: package for package in found.values()}.values())


def _applies(wanted: Requirement, extra: str) -> bool:
    return wanted.marker is None or wanted.marker.evaluate({"extra": extra})
