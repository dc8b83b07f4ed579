"""Secrets at rest: unreadable without their key, and recognisably so."""

from __future__ import annotations

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from dingbell.storage.secrets import SecretUnreadable, decrypt, encrypt, fingerprint


@given(st.text(st.characters(codec="utf-8")))
def test_what_went_in_comes_out(plain: str) -> None:
    assert decrypt(encrypt(plain)) == plain


def test_nothing_of_the_secret_shows_and_no_two_are_alike() -> None:
    assert encrypt("") == ""
    first, second = encrypt("SEC0123"), encrypt("SEC0123")
    assert first != second
    assert "SEC0123" not in first


@pytest.mark.parametrize("damaged", ["x", "v1.a.b", "v2.0.0", "v1..", "钉"])
def test_what_was_damaged_is_unreadable(damaged: str) -> None:
    with pytest.raises(SecretUnreadable):
        decrypt(damaged)


def test_a_changed_letter_is_noticed() -> None:
    sealed = encrypt("SEC0123")
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(SecretUnreadable):
        decrypt(changed)


def test_with_another_key_it_is_unreadable_and_the_fingerprint_another() -> None:
    sealed, mark = encrypt("SEC0123"), fingerprint("token")
    assert fingerprint("token") == mark
    assert fingerprint("token2") != mark
    with override_settings(ENCRYPTION_KEY="another"):
        with pytest.raises(SecretUnreadable):
            decrypt(sealed)
        assert fingerprint("token") != mark
