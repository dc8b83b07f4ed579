"""Alertmanager's receiver: answers every POST, remembers when it came. `python -m bench.webhook PORT`.

`GET /count` answers how many notifications came, which are of one alert each; `GET /arrivals` [[moment, key], …].
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


class Webhook:
    def __init__(self) -> None:
        self._came: list[tuple[float, bytes]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
                body = await reader.readexactly(length)
                if head.startswith(b"post"):
                    self._came.append((time.time(), body))
                answer = b"{}" if head.startswith(b"post") else self._told(head.split()[1].decode())
                writer.write(_OK % (len(answer), answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _told(self, path: str) -> bytes:
        if path != "/arrivals":  # asked again and again while it is measured
            return b"%d" % len(self._came)
        arrivals = [(at, alert["labels"]["key"]) for at, body in self._came for alert in json.loads(body)["alerts"]]
        return json.dumps(arrivals).encode()


async def _main(port: int) -> None:
    server = await asyncio.start_server(Webhook().serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
