"""When a sender's token was last used is known, at the price of one write a minute."""

from __future__ import annotations

from dingbell.alarms.alarm import Report
from dingbell.pipeline.intake import Submission
from dingbell.users import tokens
from tests.storage.conftest import NOW, Node


def test_a_token_that_brought_events_is_noted(node: Node) -> None:
    used, plain = tokens.create("plc-1", ["events:write"])
    idle, _ = tokens.create("spare", ["events:write"])
    report = Report(source="plc-1", key="k", active=True)
    node.intake.submit_and_wait(Submission([report], NOW, tokens.digest(plain)))
    used.refresh_from_db()
    assert used.last_used_at is None, "nothing is written on the way of an event"

    node.intake.note_used_tokens()
    for token in (used, idle):
        token.refresh_from_db()
    assert used.last_used_at is not None
    assert idle.last_used_at is None
