from __future__ import annotations

import argparse

from dingtalk_simulator.server import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="dingtalk_simulator", description="钉钉模拟器")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址（默认 127.0.0.1）")
    parser.add_argument("--port", type=int, default=8090, help="端口（默认 8090）")
    options = parser.parse_args()
    run(options.host, options.port)


if __name__ == "__main__":
    main()
