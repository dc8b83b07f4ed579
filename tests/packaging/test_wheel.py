"""The wheel as an engineer gets it: the front end inside, nothing to compile, nothing that only Linux has."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.serving import Server

ROOT = Path(__file__).resolve().parents[2]
POSIX_ONLY = (
    "crypt",
    "fcntl",
    "grp",
    "nis",
    "posix",
    "pty",
    "pwd",
    "resource",
    "spwd",
    "syslog",
    "termios",
    "tty",
    "uvloop",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=240,
    )
    [built] = folder.glob("*.whl")
    return built


def test_it_fits_every_machine_and_holds_what_pages_need(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "dingbell/web/static/dist/dingbell.css",
        "dingbell/web/static/dist/dingbell.js",
        "dingbell/web/locale/en/LC_MESSAGES/django.mo",
        "dingbell/web/templates/base.html",
        "dingbell/py.typed",
        "dingtalk_simulator/__main__.py",
    ):
        assert needed in names, needed
    assert not [name for name in names if "node_modules" in name or name.startswith("tests/")]


def test_all_it_asks_for_can_be_pinned(wheel: Path, tmp_path: Path) -> None:
    """`make wheel` puts the versions that were tested beside it: pip install -c constraints.txt dingbell-….whl."""
    made = ["make", "--old-file=dev", "wheel", f"DIST={tmp_path}", "PIP=true"]  # the wheel itself is built above
    subprocess.run(made, cwd=ROOT, check=True, capture_output=True, timeout=60)
    lines = (tmp_path / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {canonicalize_name(Requirement(line).name) for line in lines if not line.startswith("#")}
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        asked = message_from_bytes(archive.read(metadata)).get_all("Requires-Dist") or []
    wanted = {canonicalize_name(one.name) for one in map(Requirement, asked)}
    assert wanted
    assert wanted <= pinned, wanted - pinned


def test_it_serves_its_own_front_end(wheel: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    server = Server(tmp_path / "data", "", {"PYTHONPATH": str(unpacked)})
    where = [sys.executable, "-c", "import dingbell; print(dingbell.__file__)"]
    module = subprocess.run(where, env=server.environment, capture_output=True, text=True, check=True).stdout
    assert module.startswith(str(unpacked)), "this very wheel is tested"
    server.start()
    try:
        assert server.call("GET", "/static/dist/dingbell.css", token=None).status == 200
        assert server.call("GET", "/setup/", token=None).status == 200
    finally:
        server.stop(within_s=20)


def test_nothing_imports_a_posix_module_unguarded(tmp_path: Path) -> None:
    """Windows is a target: every module must import where these are missing."""
    program = f"""
import sys
for name in {POSIX_ONLY!r}:
    if name != "posix":  # the interpreter itself needs it here
        sys.modules[name] = None
import pkgutil, importlib, os
os.environ["DJANGO_SETTINGS_MODULE"] = "dingbell.settings"
import django
django.setup()
import dingbell, dingtalk_simulator
seen = 0
for package in (dingbell, dingtalk_simulator):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            seen += 1
print(seen)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"DINGBELL_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
