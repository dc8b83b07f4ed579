"""`python -m bench.seed --data-dir DIR`: a plant that has been running for a year, to see how pages and lists cope."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ADMIN, PASSWORD = "admin", "seed-of-a-plant"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make seed ARGS=", description="造一座运行了一年的工厂，用来看页面有多快")
    parser.add_argument("--data-dir", default="data-seeded", help="新的数据目录（默认 data-seeded）")
    parser.add_argument("--alarms", type=int, default=200_000)
    parser.add_argument("--events", type=int, default=500_000, help="每个事件欠两条发送")
    options = parser.parse_args()
    if (Path(options.data_dir) / "dingbell.sqlite3").exists():
        print(f"{options.data_dir} 里已经有数据库。", file=sys.stderr)
        return 1
    os.environ |= {"DINGBELL_DATA_DIR": options.data_dir, "DINGBELL_DATABASE_URL": ""}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dingbell.settings")
    _set_up()
    from bench.seeding import Extent, fill

    extent = Extent(options.alarms, options.events)
    fill(extent)
    print(f"{extent.alarms:,} 个报警，{extent.events:,} 个事件，{extent.deliveries:,} 条发送记录")
    print(f"登录：{ADMIN} / {PASSWORD}")
    return 0


def _set_up() -> None:
    import django

    django.setup(set_prefix=False)
    from dingbell.storage.schema import migrate
    from dingbell.users.accounts import add_user
    from dingbell.users.roles import Role

    migrate()
    add_user(ADMIN, Role.ADMIN, PASSWORD, "王工")


if __name__ == "__main__":
    sys.exit(main())
