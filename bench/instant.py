"""A DingTalk that takes every message, at once or after a while, and forgets it. `python -m bench.instant PORT MS`.

The simulator does all that DingTalk does, in Python on the same two cores: it would be what is measured.
`GET /count` answers how many messages came.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

from bench.ports import free_port
from bench.processes import Child, http, python

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
_TAKEN = b'{"errcode":0,"errmsg":"ok"}'
_SECRET = "SECa-signing-secret-of-the-benchmark"


@dataclass
class Instant:
    process: Child
    url: str

    @classmethod
    def start(cls, directory: Path, delay_ms: int = 0) -> Self:
        """It answers each message `delay_ms` after it came."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = python("bench.instant", str(port), str(delay_ms))
        return cls(Child(command, f"{url}/count", directory / "instant.log"), url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def robots(self, count: int) -> list[dict[str, Any]]:
        """Robots with signing, as a notification service lists them."""
        return [
            {"alias": f"{n + 1}号群", "webhook": f"{self.url}/robot/send?access_token={n:064x}", "secret": _SECRET}
            for n in range(count)
        ]

    def came(self) -> int:
        return int(http("GET", f"{self.url}/count"))


class _Taking(asyncio.Protocol):
    came = 0
    delay_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while True:
            head, end, rest = self._waiting.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if not end or len(rest) < length:
                return
            self._waiting = rest[length:]
            posted = head.startswith(b"POST")
            _Taking.came += posted
            answer = _TAKEN if posted else b"%d" % _Taking.came
            whole = _ANSWER % (len(answer), answer)
            if posted and self.delay_s:
                asyncio.get_running_loop().call_later(self.delay_s, self._transport.write, whole)
            else:
                self._transport.write(whole)


async def _main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Taking, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    _Taking.delay_s = int(sys.argv[2]) / 1000
    asyncio.run(_main(int(sys.argv[1])))
