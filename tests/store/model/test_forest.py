"""The forest holds every span once and shows what is not folded, for any graph of parents."""

from __future__ import annotations

import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.counted_work import lines_run
from tests.support.forests import any_spans, span
from tracetui.store.model.folding import Folding
from tracetui.store.model.forest import (
    NO_PARENT,
    Forest,
    build,
    with_ancestors,
)
from tracetui.store.model.rows import SpanRow


def folded_sets(forest: Forest) -> st.SearchStrategy[set[int]]:
    """Any set of span_ids, some of which the forest may not have."""
    return st.sets(st.sampled_from([row.span_id for row in forest.spans] or [0]) | st.just(77_777), max_size=8)


def naive_visible(forest: Forest, folded: set[int]) -> list[int]:
    """The visible positions by definition: every position without a folded ancestor."""
    return [
        index
        for index in range(forest.total)
        if not any(forest.spans[above].span_id in folded for above in forest.ancestors(index))
    ]


@given(any_spans())
def test_forest_holds_every_span_exactly_once(rows: list[SpanRow]) -> None:
    """Whatever the parents say, nothing is dropped and nothing is doubled."""
    assert sorted(row.id for row in build(rows).spans) == sorted(row.id for row in rows)


@given(any_spans())
def test_forest_arrays_agree_with_each_other(rows: list[SpanRow]) -> None:
    """Depth, parent and subtree describe one and the same tree, in preorder."""
    forest = build(rows)
    for index in range(forest.total):
        parent = forest.parent_index[index]
        assert forest.depth[index] == (0 if parent == NO_PARENT else forest.depth[parent] + 1)
        if parent != NO_PARENT:
            assert parent < index < forest.subtree_end[parent]
            assert forest.subtree_end[index] <= forest.subtree_end[parent]
        inside = [other for other in range(forest.total) if index in forest.ancestors(other)]
        assert inside == list(range(index + 1, forest.subtree_end[index]))
        assert forest.index_of_row[forest.spans[index].id] == index
        assert forest.children(index) == [i for i in range(forest.total) if forest.parent_index[i] == index]


@given(any_spans())
def test_forest_keeps_every_parent_that_can_be_kept(rows: list[SpanRow]) -> None:
    """A span is below the parent it names, or it is a root; and a root with a parent id is an orphan."""
    forest = build(rows)
    for index, row in enumerate(forest.spans):
        parent = forest.parent_index[index]
        if parent != NO_PARENT:
            assert forest.spans[parent].span_id == row.parent_id
            assert index not in forest.orphans
        else:
            assert (index in forest.orphans) == (row.parent_id is not None)


@given(any_spans())
def test_forest_cuts_a_cycle_once(rows: list[SpanRow]) -> None:
    """A circle of spans becomes one tree: one root for each circle, and no other root that is not needed."""
    forest = build(rows)
    parents = {row.span_id: row.parent_id for row in rows}
    circles = set()
    for start in parents:
        seen: list[int] = []
        at: int | None = start
        while at is not None and at in parents and at not in seen:
            seen.append(at)
            at = parents[at]
        if at in seen:
            circles.add(frozenset(seen[seen.index(at) :]))
    plain_roots = sum(parent is None or parent not in parents for parent in parents.values())
    assert forest.parent_index.count(NO_PARENT) == plain_roots + len(circles)


@given(any_spans())
def test_siblings_come_in_order_of_their_start(rows: list[SpanRow]) -> None:
    """Also where a skewed clock puts them before their parent."""
    forest = build(rows)
    roots = [index for index in range(forest.total) if forest.parent_index[index] == NO_PARENT]
    for siblings in [roots, *(forest.children(index) for index in range(forest.total))]:
        starts = [(forest.spans[index].start_ns, forest.spans[index].id) for index in siblings]
        assert starts == sorted(starts)


def test_forest_shows_the_usual_traces_as_expected() -> None:
    """A request with two calls, one of which calls a tool; and a span whose parent is missing."""
    rows = [span(4, 2, 30), span(1, None, 0), span(3, 1, 50), span(2, 1, 20), span(5, 99, 40)]
    forest = build(rows)
    assert [(row.id, depth) for row, depth in zip(forest.spans, forest.depth, strict=True)] == [
        (1, 0),
        (2, 1),
        (4, 2),
        (3, 1),
        (5, 0),
    ]
    assert forest.orphans == {4}
    assert forest.start_ns == 0
    assert forest.last_end_ns == 0


def test_spans_that_share_an_id_both_show() -> None:
    """Two rows with one span_id come from a broken import; the children go to the first."""
    forest = build([span(1), span(2, 1, 5), span(3, None, 9, span_id=10)])
    assert [row.id for row in forest.spans] == [1, 2, 3]
    assert list(forest.parent_index) == [NO_PARENT, 0, NO_PARENT]
    assert forest.index_of_span == {10: 0, 20: 1}


def test_no_spans_make_an_empty_forest() -> None:
    """A trace whose spans have not come yet."""
    forest = build([])
    assert forest.total == 0
    assert forest.start_ns == forest.last_end_ns == 0
    assert list(Folding(forest, {1}).shown) == []


@given(st.data())
def test_spans_without_a_folded_ancestor_are_visible(data: st.DataObject) -> None:
    """The fast road and the simple definition agree."""
    forest = build(data.draw(any_spans()))
    folded = data.draw(folded_sets(forest))
    assert list(Folding(forest, folded).shown) == naive_visible(forest, folded)


@given(st.data())
def test_folding_step_by_step_equals_showing_anew(data: st.DataObject) -> None:
    """Any sequence of gestures leaves the rows that a view made from its folds would show."""
    forest = build(data.draw(any_spans()))
    matches = data.draw(st.none() | st.sets(st.integers(0, max(0, forest.total - 1)), max_size=6))
    if forest.total == 0:
        return
    folding = Folding(forest, data.draw(folded_sets(forest)), matches)
    gestures = st.sampled_from(["fold", "unfold", "toggle", "reveal"])
    for gesture, index in data.draw(st.lists(st.tuples(gestures, st.integers(0, forest.total - 1)), max_size=12)):
        getattr(folding, gesture)(index)
        expected = naive_visible(forest, folding.folded_ids())
        if matches is not None:
            kept = with_ancestors(forest, matches)
            expected = [index for index in expected if kept[index]]
        assert list(folding.shown) == expected
        assert folding.shown == Folding(forest, folding.folded_ids(), matches).shown


@given(st.data())
def test_row_of_a_hidden_span_is_its_nearest_shown_ancestor(data: st.DataObject) -> None:
    """The cursor never falls out of the tree when its span is folded away."""
    forest = build(data.draw(any_spans()))
    folding = Folding(forest, data.draw(folded_sets(forest)))
    for index in range(forest.total):
        nearest = next(i for i in [index, *forest.ancestors(index)] if i in folding.shown)
        assert folding.shown[folding.row_of(index)] == nearest


def test_folding_counts_the_hidden_descendants() -> None:
    """For the `+3` beside a folded span."""
    forest = build([span(1), span(2, 1), span(3, 2), span(4, 1)])
    folding = Folding(forest)
    folding.fold(0)
    folding.fold(2)
    assert (folding.hidden_below(0), folding.is_folded(0), folding.has_children(2)) == (3, True, False)
    assert list(folding.shown) == [0]
    assert folding.folded_ids() == {10}
    assert folding.reveal(2) == 2
    assert folding.hidden_below(0) == 0


def test_fold_deeper_than_leaves_the_upper_levels() -> None:
    """0 leaves the roots; a large number opens everything."""
    forest = build([span(1), span(2, 1), span(3, 2), span(4)])
    folding = Folding(forest)
    rows_at = {}
    for depth in (0, 1, 9):
        folding.fold_deeper_than(depth)
        rows_at[depth] = [forest.spans[index].id for index in folding.shown]
    assert rows_at == {0: [1, 4], 1: [1, 2, 4], 9: [1, 2, 3, 4]}


def test_with_ancestors_keeps_the_way_to_a_match() -> None:
    """A match without its parents would have no place in the tree."""
    forest = build([span(1), span(2, 1), span(3, 2), span(4, 1), span(5)])
    assert list(with_ancestors(forest, [2])) == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("depth", [100_000])
def test_depth_breaks_nothing(depth: int) -> None:
    """A runaway recursion in the traced program is one of the things people look for."""
    forest = build([span(1), *(span(id, id - 1, id) for id in range(2, depth + 1))])
    assert forest.depth[-1] == depth - 1
    folding = Folding(forest)
    folding.fold(50)
    assert len(folding) == 51


def test_circle_of_many_spans_is_cut_quickly() -> None:
    """One root, and no quadratic search for it."""
    count = 100_000
    forest = build([span(1, count), *(span(id, id - 1, id) for id in range(2, count + 1))])
    assert forest.orphans == {0}
    assert forest.depth[-1] == count - 1


def random_tree(count: int) -> list[SpanRow]:
    """Each span below one of the fifty before it."""
    chance = random.Random(7)
    return [span(id, chance.randrange(max(1, id - 50), id) if id > 1 else None, id) for id in range(1, count + 1)]


def test_a_forest_is_built_in_steps_in_proportion_to_its_spans() -> None:
    """Four times the spans, four times the work: a hundred thousand are no trouble."""
    few, many = (random_tree(count) for count in (1_000, 4_000))
    assert lines_run(lambda: build(many)) < 4.5 * lines_run(lambda: build(few))


def test_a_fold_runs_as_few_steps_in_a_large_forest_as_in_a_small_one() -> None:
    """It moves arrays as a whole."""

    def fold_and_unfold(folding: Folding) -> None:
        folding.fold(0)
        folding.unfold(0)

    few, many = (Folding(build(random_tree(count))) for count in (1_000, 4_000))
    assert lines_run(lambda: fold_and_unfold(few)) == lines_run(lambda: fold_and_unfold(many))
    assert many.shown == array("i", range(4_000))
