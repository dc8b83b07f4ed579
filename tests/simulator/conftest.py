from __future__ import annotations

import pytest

from dingtalk_simulator.running import RunningSimulator
from tests.simulator.caller import Caller


@pytest.fixture
def dingtalk(simulator: RunningSimulator) -> Caller:
    """A DingTalk as after its start, called byte by byte."""
    return Caller(simulator)
