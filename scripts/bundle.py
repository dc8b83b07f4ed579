"""Collect the wheel and everything it needs for machines without internet: `dist/bundle/<platform>/`.

pip can download for another platform, but it reads the conditions of dependencies ("only on Windows") for the
machine it runs on. So the dependencies are walked here, with the conditions of the target, and pip downloads one by
one what they name.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from email import message_from_bytes
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
EXTRAS = ("postgres", "channels", "stream")
TARGETS = {
    "linux-x86_64": (
        ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    ),
    "linux-arm64": (
        ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
        {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "aarch64"},
    ),
    "windows-x86_64": (
        ("win_amd64",),
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    ),
}


def main() -> None:
    [wheel] = (ROOT / "dist").glob("dingbell-*.whl")
    bundles = ROOT / "dist" / "bundle"
    shutil.rmtree(bundles, ignore_errors=True)
    for target in sys.argv[1:] or TARGETS:
        folder = bundles / target
        folder.mkdir(parents=True)
        shutil.copy(wheel, folder)
        for python in PYTHONS:
            collect(wheel, folder, target, python)
        print(f"{folder.relative_to(ROOT)}: {len(list(folder.iterdir()))} files")


def collect(wheel: Path, folder: Path, target: str, python: str) -> None:
    """Everything `wheel` needs on this platform and Python, breadth first."""
    platforms, conditions = TARGETS[target]
    environment = conditions | {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    pins = read_pins()
    done: set[str] = set()
    waiting = needs(wheel, environment, EXTRAS)
    while waiting:
        fresh = {requirement for requirement in waiting if str(requirement) not in done}
        done |= {str(requirement) for requirement in fresh}
        if not fresh:
            break
        found = download(fresh, pins, folder, platforms, python)
        waiting = set()
        for requirement in fresh:
            waiting |= needs(found[canonicalize_name(requirement.name)], environment, requirement.extras)


def needs(wheel: Path, environment: dict[str, str], extras: Iterable[str]) -> set[Requirement]:
    """What the wheel asks for under these conditions, with these extras."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    wanted = set()
    for line in metadata.get_all("Requires-Dist") or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate(environment | {"extra": extra}) for extra in ("", *extras)):
            requirement.marker = None
            wanted.add(requirement)
    return wanted


def download(
    requirements: set[Requirement], pins: dict[str, str], folder: Path, platforms: tuple[str, ...], python: str
) -> dict[str, Path]:
    """The wheels of these requirements, by name. What the tests ran with is taken where it is pinned."""
    before = set(folder.iterdir())
    arguments = set()
    for requirement in requirements:
        pin = pins.get(canonicalize_name(requirement.name))
        arguments.add(f"{requirement.name}=={pin}" if pin else str(requirement))
    tags = [part for platform in platforms for part in ("--platform", platform)]
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", "--implementation", "cp", "--python-version", python, *tags, "--dest", str(folder),
        *sorted(arguments),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    newest = sorted(folder.glob("*.whl"), key=lambda path: path not in before)
    tag = f"cp{python.replace('.', '')}"
    by_name: dict[str, Path] = {}
    for path in newest:
        abi = path.stem.split("-")[-3]
        if path not in before or abi.startswith(("py", tag)) or "-abi3-" in path.name:
            by_name[canonicalize_name(path.name.split("-")[0])] = path
    return by_name


def read_pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {canonicalize_name(name): version.split(";")[0].strip() for name, version in pairs}


if __name__ == "__main__":
    main()
