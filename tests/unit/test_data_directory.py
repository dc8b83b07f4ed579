"""Keys and the lock of the data directory, shared by processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dingbell.storage.instance import AlreadyRunning, hold
from dingbell.storage.keys import load_or_create

_KEY = "import sys, pathlib; from dingbell.storage.keys import load_or_create as f; print(f(pathlib.Path(sys.argv[1])))"
_HOLD = "import sys, pathlib; from dingbell.storage.instance import hold; hold(pathlib.Path(sys.argv[1]))"


def test_a_key_is_made_once_and_read_ever_after(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    key = load_or_create(path)
    assert len(key) == 64
    assert load_or_create(path) == key
    assert [file.name for file in path.parent.iterdir()] == ["secret.key"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_only_its_owner_may_read_a_key(tmp_path: Path) -> None:
    load_or_create(tmp_path / "secret.key")
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_together_get_the_same_key(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen([sys.executable, "-c", _KEY, str(tmp_path / "k")], stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    keys = {racer.communicate(timeout=30)[0].strip() for racer in racers}
    assert keys == {(tmp_path / "k").read_text("ascii")}


def test_a_data_directory_has_one_holder(tmp_path: Path) -> None:
    held = hold(tmp_path)
    with pytest.raises(AlreadyRunning):
        hold(tmp_path)
    other = subprocess.run([sys.executable, "-c", _HOLD, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "AlreadyRunning" in other.stderr
    held.close()
    hold(tmp_path).close()
