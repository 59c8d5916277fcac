"""The overview: what is counted over time, and in its tables."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support import sample
from tracetui.store.facets.overview import Overview, overview
from tracetui.store.facets.time_grid import EDGES_MS, MOST_BUCKETS, Measured, TimeGrid, bin_of, counts_in_bins
from tracetui.store.filter import parse
from tracetui.store.read.reader import Reader

DURATIONS = st.lists(st.floats(0, 1e7), max_size=30) | st.lists(st.sampled_from(EDGES_MS), max_size=5)


@given(DURATIONS)
def test_each_duration_is_in_the_bin_between_its_edges(durations_ms: list[float]) -> None:
    """Also where it is an edge itself."""
    counts = counts_in_bins(durations_ms)
    assert sum(counts.values()) == len(durations_ms)
    for duration_ms in durations_ms:
        place = bin_of(duration_ms)
        assert place == 0 or EDGES_MS[place - 1] <= duration_ms
        assert place == len(EDGES_MS) or duration_ms < EDGES_MS[place]
        assert counts[place] == sum(bin_of(one) == place for one in durations_ms)


@given(st.lists(st.lists(st.tuples(st.integers(0, 10**18), DURATIONS), max_size=5), max_size=6))
def test_no_trace_is_lost_when_stretches_become_wider(slices: list[list[tuple[int, list[float]]]]) -> None:
    """However long a time the traces cover."""
    grid = TimeGrid()
    for part in slices:
        grid.add([Measured(start // grid.width_ns, 1, 1, 2, 0.5, durations) for start, durations in part])
    starts = [start for part in slices for start, _ in part]
    assert len(grid) <= MOST_BUCKETS
    assert sum(one.traces for one in grid.buckets.values()) == len(starts)
    assert set(grid.buckets) == {start // grid.width_ns for start in starts}
    durations = [one for part in slices for _, found in part for one in found]
    assert sum(sum(one.bins.values()) for one in grid.buckets.values()) == len(durations)


def seen(path: Path, filter: str) -> Overview:
    """The overview when all is known."""
    with Reader(path) as reader:
        gone = reader.gone_processes(sample.NOW_NS)
        found = [one for one in overview(reader, parse(filter), now_ns=sample.NOW_NS, gone=gone) if one is not None]
    assert found[-1].complete
    return found[-1]


def test_overview_counts_what_the_filter_finds(tmp_path: Path) -> None:
    """Traces, failures, percentiles and usage of the traces; calls by model; errors by type."""
    file = sample.shop(tmp_path / "traces.db")
    file.close()
    all_of_it = seen(file.path, "")
    assert (all_of_it.traces, all_of_it.errors, all_of_it.running) == (10, 1, 3)
    assert all_of_it.durations_ms[0] == 2710.0
    assert all_of_it.calls_without_price == 5
    keys = {name: [one.key[0] for one in groups.groups] for name, groups in all_of_it.sections.items()}
    assert keys["error"] == ["TimeoutError"]
    assert keys["name"] == ["POST /chat", "evaluate answers"]
    assert set(keys["model"]) == {"gpt-4o-mini", "text-embedding-3-small", "gpt-4o", None}
    failed = seen(file.path, "is:error | sort(-cost) | limit 1")
    assert (failed.traces, failed.errors) == (1, 1)
    assert seen(file.path, "nosuchword").traces == 0
