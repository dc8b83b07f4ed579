"""The new alarms of the benchmark: as many as a fast machine takes in, and a sentence when there are no more."""

from __future__ import annotations

import pytest
from bench.processes import BenchFailed

from bench import plant


def test_every_round_is_of_other_alarms_of_the_same_length() -> None:
    made = [plant.others(times) for times in range(1_296)]
    assert made[0] == plant.FIRST
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {len(plant.FIRST)}


def test_when_there_are_no_more_it_says_so() -> None:
    with pytest.raises(BenchFailed, match="1,296"):
        plant.others(1_296)
