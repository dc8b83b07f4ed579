"""On whose behalf this thread works just now, for the audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

PRODUCT = ""  # the product itself
_actor: ContextVar[str] = ContextVar("actor", default=PRODUCT)


def person(username: str) -> str:
    return f"user:{username}"


def token(name: str) -> str:
    return f"token:{name}"


def command(name: str) -> str:
    """A command of `dingbell`, given by whoever may run it on the machine."""
    return f"command:{name}"


def current() -> str:
    """What `person`, `token` or `command` made, or PRODUCT."""
    return _actor.get()


@contextmanager
def acting_as(actor: str) -> Iterator[None]:
    """What happens inside is done by `actor`; `identify` may still name somebody else there."""
    before = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(before)


def identify(actor: str) -> None:
    """Who it is turned out only now: a request that brings its own token. Ends with the surrounding `acting_as`."""
    _actor.set(actor)
