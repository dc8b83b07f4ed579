"""Secrets at rest: AES-256-GCM, each ciphertext with the id of its key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings


class SecretUnreadable(Exception):
    """The secret was encrypted with a key that is not here: it has to be entered again (请重新填写)."""


def _keys() -> tuple[bytes, bytes, str]:
    master = hashlib.sha256(str(settings.ENCRYPTION_KEY).encode()).digest()
    cipher = hmac.digest(master, b"dingbell secrets at rest", "sha256")
    mark = hmac.digest(master, b"dingbell fingerprints", "sha256")
    return cipher, mark, hashlib.sha256(cipher).hexdigest()[:8]


def encrypt(plain: str) -> str:
    """`plain` as `v1.<key id>.<base64>`; "" stays ""."""
    if not plain:
        return ""
    cipher, _, key_id = _keys()
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(cipher).encrypt(nonce, plain.encode(), key_id.encode())
    return f"v1.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"


def decrypt(stored: str) -> str:
    """Undo `encrypt`. Raises SecretUnreadable when the key is another one or the text was damaged."""
    if not stored:
        return ""
    cipher, _, key_id = _keys()
    try:
        version, stored_key_id, body = stored.split(".", 2)
        if version != "v1" or stored_key_id != key_id:
            raise SecretUnreadable
        sealed = base64.urlsafe_b64decode(body)
        return AESGCM(cipher).decrypt(sealed[:12], sealed[12:], key_id.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise SecretUnreadable from error


def fingerprint(plain: str) -> str:
    """The same 32 hex digits for the same secret, from which it cannot be found without the key.

    Tells that two services use one webhook, so that they share its limit (design §7, budget keys).
    """
    _, mark, _ = _keys()
    return hmac.digest(mark, plain.encode(), "sha256").hex()[:32]
