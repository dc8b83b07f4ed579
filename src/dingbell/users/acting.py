"""On whose behalf this thread works just now, for the audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_actor: ContextVar[str] = ContextVar("actor", default="")


def current() -> str:
    """The person's or token's name; "" for the product itself and its commands."""
    return _actor.get()


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """What happens inside is done by `name`; `identify` may still name somebody else there."""
    token = _actor.set(name)
    try:
        yield
    finally:
        _actor.reset(token)


def identify(name: str) -> None:
    """Who it is turned out only now: a request that brings its own token. Ends with the surrounding `acting_as`."""
    _actor.set(name)
