"""Running the simulator as a server of its own."""

from __future__ import annotations

import sys

import uvicorn

from dingtalk_simulator.app import create_app
from dingtalk_simulator.connection import OpenConnection


def config(host: str, port: int) -> uvicorn.Config:
    """The simulator writes its own Date header, from its own clock."""
    return uvicorn.Config(
        create_app(),
        host=host,
        port=port,
        http=OpenConnection,
        ws="auto",
        lifespan="off",
        access_log=False,
        log_level="warning",
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def run(host: str = "127.0.0.1", port: int = 8090) -> None:
    """Blocks until it is stopped."""
    address = f"http://{host}:{port}"
    sys.stderr.write(f"钉钉模拟器：{address}/ （聊天页面）  控制接口：{address}/_sim/…  按 Ctrl+C 停止\n")
    sys.stderr.flush()
    uvicorn.Server(config(host, port)).run()
