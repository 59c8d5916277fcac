"""Ids of traces and spans: distinct, valid in W3C Trace Context, and close together in the file's index."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from tracetui.tracer.parts import clock, ids

SECOND_NS = 1_000_000_000


def _trace_keys_at(monkeypatch: pytest.MonkeyPatch, wall_ns: int, count: int) -> list[bytes]:
    monkeypatch.setattr(clock, "wall_ns", lambda: wall_ns)
    return [ids.new_trace_key() for _ in range(count)]


def test_traces_of_one_moment_have_neighbouring_ids_and_later_ones_come_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index of random ids would write one page for each trace. This index grows at its end."""
    now_ns = 1 << 24 + 24  # the ticks begin anew: a later one is larger for three days
    moments = [_trace_keys_at(monkeypatch, now_ns + seconds * SECOND_NS, 50) for seconds in (0, 1, 60, 86_400)]
    for moment in moments:
        assert len({key[:3] for key in moment}) == 1
        assert len({key[3:] for key in moment}) == 50
    assert [max(keys) < min(after) for keys, after in pairwise(moments)] == [True] * 3


def test_trace_ids_have_the_random_bytes_that_w3c_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """At least seven random bytes at the end, and never sixteen zeros, at any time."""
    keys = _trace_keys_at(monkeypatch, 0, 2_000)
    assert len({key[-7:] for key in keys}) == 2_000
    assert len({key[3] for key in keys}) > 200
    assert all(len(key) == 16 and any(key) for key in keys)


def test_ids_do_not_repeat_when_the_host_seeds_its_random_numbers() -> None:
    """Ids of MLflow repeat."""
    seen = set()
    for _ in range(2):
        random.seed(0)
        seen |= {ids.new_trace_key(), ids.new_span_key()}
    assert len(seen) == 4
