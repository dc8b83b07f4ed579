"""Whether `dingbell serve` can have its address."""

from __future__ import annotations

import errno
import os
import socket

from dingbell.storage.configuration import ConfigurationError


def refuse_unusable(host: str, port: int) -> None:
    """Try it and give it back: uvicorn tells only an error number, and only after the greeting.

    Raises ConfigurationError, which names `--host` or `--port`.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise ConfigurationError(f"--host {host}: 没有这个地址 / no such address") from None
    for family, kind, protocol, _name, address in found:
        try:
            _bind(family, kind, protocol, address)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL and len(found) > 1:
                continue  # localhost where IPv6 is off: the other address will do
            raise ConfigurationError(_meaning(error, host, port)) from error


def _bind(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> None:
    """As asyncio does it."""
    with socket.socket(family, kind, protocol) as tried:
        if os.name == "posix":  # on Windows this would share the port with whoever has it
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        tried.bind(address)


def _meaning(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"端口 {port} 已被别的程序占用，请关掉它，或用 --port 换一个"
            f" / port {port} is taken by another program: end that one, or choose another with --port"
        )
    if error.errno == errno.EACCES:
        return (
            f"不允许使用端口 {port}，请用 --port 换一个（1024 以上）"
            f" / port {port} is not allowed: choose another with --port (above 1023)"
        )
    return f"--host {host}: 这台机器没有这个地址 / not an address of this machine ({error.strerror})"
