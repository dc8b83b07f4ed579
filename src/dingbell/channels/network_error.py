"""How a request can fail, and whether the other side may have taken it nevertheless."""

from __future__ import annotations

import os
import ssl


class NetworkError(Exception):
    """No usable answer. `maybe_taken` is False only if the other side certainly did not take the request.

    `reason` is one of dns_failed, connection_refused, unreachable, connect_timeout, tls_failed, proxy_failed,
    timeout, connection_reset, bad_response, response_too_large, host_not_allowed, http_not_allowed,
    address_invalid. `detail` carries no secret.
    """

    def __init__(self, reason: str, *, maybe_taken: bool, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.maybe_taken = maybe_taken
        self.detail = detail


def not_connected(error: OSError) -> NetworkError:
    """What kept a connection from being made: nothing was taken."""
    if isinstance(error, ssl.SSLError):
        reason = "tls_failed"
    elif isinstance(error, TimeoutError):
        reason = "connect_timeout"
    elif isinstance(error, ConnectionRefusedError):
        reason = "connection_refused"
    else:
        reason = "connection_reset" if isinstance(error, ConnectionError) else "unreachable"
    return NetworkError(reason, maybe_taken=False, detail=wording(error))


def wording(error: OSError) -> str:
    """The system's own words: asyncio's add the address once more."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if error.errno and not isinstance(error, ssl.SSLError):
        own = os.strerror(error.errno)
        if not own.startswith("Unknown error"):  # as Windows says of its socket errors
            return own
    return error.strerror or str(error) or type(error).__name__
