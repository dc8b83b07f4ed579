"""Write constraints.txt: the exact versions in this environment, without saying where they came from."""

from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path

LEFT_OUT = {"dingbell", "pip", "setuptools", "wheel"}


def main() -> None:
    pins = {dist.name.lower().replace("_", "-").replace(".", "-"): dist.version for dist in distributions()}
    lines = [f"{name}=={version}" for name, version in sorted(pins.items()) if name not in LEFT_OUT]
    text = "# Written by `make lock`: what the tests ran with.\n" + "\n".join(lines) + "\n"
    Path(__file__).resolve().parent.parent.joinpath("constraints.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
