"""The product's settings over a data directory of its own; loaded before anything else of the product.

`DINGBELL_TEST_DATABASE=postgresql` runs the same tests on a private PostgreSQL.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests.postgresql import Cluster

for _name in [name for name in os.environ if name.startswith("DINGBELL_") and "_TEST_" not in name]:
    del os.environ[_name]

_data_dir = Path(tempfile.mkdtemp(prefix="dingbell-tests-"))
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)
os.environ["DINGBELL_DATA_DIR"] = str(_data_dir)

if os.environ.get("DINGBELL_TEST_DATABASE") == "postgresql":
    _cluster = Cluster.start()
    atexit.register(_cluster.stop)
    os.environ["DINGBELL_DATABASE_URL"] = _cluster.url

from dingbell.settings import *  # noqa: E402, F403
from dingbell.settings import DATABASES  # noqa: E402

if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, as in production: an in-memory database has neither WAL nor a second connection.
    DATABASES["default"]["TEST"] = {"NAME": str(_data_dir / "tests.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
