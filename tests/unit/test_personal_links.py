"""Personal links: signed, whole, and masked wherever a message is shown."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from django.core.signing import Signer
from hypothesis import given
from hypothesis import strategies as st

from dingbell.channels.redaction import mask_links, redact
from dingbell.notify.messages import personal_links
from dingbell.notify.messages.personal_links import Forged, PersonalLink
from dingbell.storage.times import SECOND

LINK = PersonalLink(12, 7, 3, 1_795_392_000 * SECOND)


def text(link: PersonalLink = LINK) -> str:
    return personal_links.path(link).removeprefix("/a/").removesuffix("/")


def test_a_link_says_whom_what_and_until_when() -> None:
    assert personal_links.read(text()) == LINK


@given(st.integers(0, 70), st.characters(codec="ascii", min_codepoint=33))
def test_a_touched_link_is_forged(place: int, char: str) -> None:
    whole = text()
    place %= len(whole)
    touched = whole[:place] + char + whole[place + 1 :]
    if touched != whole:
        with pytest.raises(Forged):
            personal_links.read(touched)


@pytest.mark.parametrize("given", ["", ".", "12-7-3-1795392000", "x" * 5000, "12-7-3-1."])
def test_what_nobody_signed_is_forged(given: str) -> None:
    with pytest.raises(Forged):
        personal_links.read(given)


def test_what_was_signed_for_something_else_is_forged() -> None:
    with pytest.raises(Forged):
        personal_links.read(Signer(sep=".").sign("1-1-1-1"))


@given(st.builds(PersonalLink, *[st.integers(1, 2**31)] * 3, st.integers(1, 2**40).map(lambda s: s * SECOND)))
def test_wherever_it_stands_it_is_masked(link: PersonalLink) -> None:
    url = f"https://plant.example{personal_links.path(link)}"
    nested = json.dumps({"msgParam": json.dumps({"singleURL": url, "text": f"[确认]({url})"})})
    for shown in (url, nested, quote(url, safe=""), f"Not Found: {personal_links.path(link)}"):
        for mask in (mask_links, redact):
            masked = mask(shown)
            assert text(link).rsplit(".", 1)[1] not in masked
    assert mask_links(nested).count("https://plant.example/a/***/") == 2
    assert mask_links("https://plant.example/alarms/12/") == "https://plant.example/alarms/12/"
