"""Percentiles of numbers that come in batches."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.model import percentiles
from tracetui.store.model.percentiles import Distribution

numbers = st.lists(st.floats(-1e6, 1e6) | st.integers(-5, 5).map(float), max_size=30)


@given(st.lists(numbers, max_size=8), st.integers(0, 100), st.sampled_from([1, 8, 65_536]))
def test_percentile_is_that_of_all_numbers(batches: list[list[float]], percent: int, most_merged: int) -> None:
    """Whatever the batches, and however many runs are kept apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(percentiles, "MAX_MERGED", most_merged)
        runs = Distribution()
        for batch in batches:
            runs.add(batch)
    everything = sorted(number for batch in batches for number in batch)
    assert len(runs) == len(everything)
    if not everything:
        assert (runs.percentile(0.5), runs.smallest(), runs.largest(), runs.total(), runs.mean()) == (None,) * 5
        return
    place = max(0, math.ceil(Fraction(percent, 100) * len(everything)) - 1)
    assert runs.percentile(percent / 100) == everything[place]
    assert (runs.smallest(), runs.largest()) == (everything[0], everything[-1])
    assert runs.total() == math.fsum(everything)
    assert runs.mean() == math.fsum(everything) / len(everything)
