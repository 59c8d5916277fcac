"""Two trees are aligned span by span, and the place where they part is named."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tracetui.store.compare.divergence import Difference, Parting, differences, parting
from tracetui.store.compare.likeness import likeness_of
from tracetui.store.compare.trees import AlignedTrees, Content, Side, align_trees
from tracetui.store.model.forest import build
from tracetui.store.model.rows import ERROR, OK, SpanRow

_BLANK = SpanRow(*[None] * len(SpanRow._fields))  # type: ignore[arg-type]


class Tree:
    """A trace, built span by span."""

    def __init__(self) -> None:
        self.rows: list[SpanRow] = []
        self.contents: dict[int, Content] = {}

    def span(
        self,
        name: str,
        parent: int | None = None,
        *,
        inputs: Any = None,
        outputs: Any = None,
        kind: str = "TOOL",
        status: str = OK,
        **columns: Any,
    ) -> int:
        id = len(self.rows) + 1
        row = _BLANK._replace(id=id, span_id=id, parent_id=parent, name=name, kind=kind, status=status)
        self.rows.append(row._replace(**{"start_ns": id * 10, "end_ns": id * 10 + 5, **columns}))
        texts = (None if value is None else json.dumps(value) for value in (inputs, outputs))
        self.contents[id] = Content(*map(likeness_of, texts))
        return id

    def side(self) -> Side:
        return Side(build(self.rows), self.contents)


def agent(*searches: str, answer: str = "42", model: str = "small") -> Tree:
    """An agent that is asked one question, searches, and answers."""
    tree = Tree()
    root = tree.span("agent", inputs="why?", outputs=answer, kind="AGENT")
    for query in searches:
        tree.span("search", root, inputs={"query": query}, outputs=f"found {query}")
    tree.span(f"chat {model}", root, inputs=list(searches), outputs=answer, kind="LLM", model=model)
    return tree


def names(trees: AlignedTrees, first: Side, second: Side) -> list[tuple[str, str]]:
    """Both columns of the comparison: the name and the row of each span."""
    return [(_name(first, pair.first), _name(second, pair.second)) for pair in trees.pairs]


def _name(side: Side, place: int | None) -> str:
    return "" if place is None else f"{side.forest.spans[place].name} {side.forest.spans[place].id}"


def compared(first: Tree, second: Tree) -> tuple[list[tuple[str, str]], Parting, AlignedTrees]:
    sides = first.side(), second.side()
    trees = align_trees(*sides)
    return names(trees, *sides), parting(trees, *sides), trees


def test_calls_of_one_tool_are_aligned_by_their_arguments() -> None:
    """The search that only one agent made is alone, wherever it stands among the others."""
    lines, parts, _ = compared(agent("a", "b", "c"), agent("b", "c"))
    assert lines == [
        ("agent 1", "agent 1"),
        ("search 2", ""),
        ("search 3", "search 2"),
        ("search 4", "search 3"),
        ("chat small 5", "chat small 4"),
    ]
    assert parts.divergence == (1, Difference.ONLY_FIRST)


def test_a_call_of_another_model_is_the_same_step() -> None:
    """OpenTelemetry puts the model into the name of the span."""
    lines, parts, trees = compared(agent("a", model="gpt-4o"), agent("a", model="claude-5"))
    assert lines[-1] == ("chat gpt-4o 3", "chat claude-5 3")
    assert parts == (False, (2, Difference.MODEL))
    assert trees.pairs[2].depth == 1


def test_runs_part_where_an_answer_first_differs() -> None:
    """The outputs of the root differ too, but they are the consequence."""
    first, second = agent("a", answer="42"), agent("a", answer="43")
    _, parts, _ = compared(first, second)
    assert parts == (False, (2, Difference.OUTPUTS))


def test_of_two_requests_the_first_other_step_is_named() -> None:
    """Inputs and outputs of different questions differ everywhere, which says nothing."""
    first, second = agent("a"), agent("b", "c")
    second.contents[1] = first.contents[1]._replace(inputs=likeness_of("another question"))
    _, parts, _ = compared(first, second)
    assert parts.requests_differ
    assert parts.divergence is not None
    assert parts.divergence.difference is Difference.ONLY_SECOND


def test_failed_attempts_are_one_line_with_the_last() -> None:
    """A retry is not another step: it is counted where it happened."""
    first, second = Tree(), Tree()
    for tree, fails in ((first, 2), (second, 0)):
        root = tree.span("agent")
        for _ in range(fails):
            tree.span("detail", tree.span("search", root, status=ERROR))
        tree.span("search", root)
        tree.span("search", root)  # after a success: a call of its own
    lines, parts, trees = compared(first, second)
    assert lines == [("agent 1", "agent 1"), ("search 6", "search 2"), ("search 7", "search 3")]
    assert trees.pairs[1].first_retried == (1, 3)
    assert parts.divergence == (1, Difference.RETRIES)


def test_attempts_at_one_time_are_no_retries() -> None:
    """Of two calls side by side, one may fail."""
    tree = Tree()
    root = tree.span("agent")
    tree.span("search", root, status=ERROR, start_ns=20, end_ns=90)
    tree.span("search", root, start_ns=30, end_ns=80)
    assert len(compared(tree, tree)[0]) == 3


def test_traces_with_other_roots_are_compared_from_the_root() -> None:
    """A person chose the two: a renamed entry point must not make everything differ."""
    first, second = Tree(), Tree()
    first.span("search", first.span("v1"))
    second.span("search", second.span("v2"))
    lines, parts, _ = compared(first, second)
    assert lines == [("v1 1", "v2 1"), ("search 2", "search 2")]
    assert parts.divergence == (0, Difference.NAME)


@st.composite
def any_tree(draw: st.DrawFn) -> Tree:
    """Spans with any parents, cycles and unknown ones included."""
    tree = Tree()
    count = draw(st.integers(0, 12))
    for _ in range(count):
        parent = draw(st.none() | st.integers(1, count + 1))
        inputs = draw(st.sampled_from([None, "a", "b"]))
        status = draw(st.sampled_from([OK, ERROR]))
        end_ns = draw(st.none() | st.integers(0, 99))
        tree.span(draw(st.sampled_from("xyz")), parent, inputs=inputs, status=status, end_ns=end_ns)
    return tree


def spans_shown(trees: AlignedTrees, side: Side, *, is_first: bool) -> list[int]:
    """Every position that a line has, as a span, as a failed attempt or below one."""
    shown: list[int] = []
    for pair in trees.pairs:
        place, retried = (pair.first, pair.first_retried) if is_first else (pair.second, pair.second_retried)
        shown += [] if place is None else [place]
        for one in retried:
            shown += range(one, side.forest.subtree_end[one])
    return sorted(shown)


@given(any_tree(), any_tree())
def test_every_span_of_both_traces_is_compared_once(first: Tree, second: Tree) -> None:
    """For any two graphs of parents; a child is never a partner of a span whose parent has another partner."""
    sides = first.side(), second.side()
    trees = align_trees(*sides)
    assert spans_shown(trees, sides[0], is_first=True) == list(range(sides[0].forest.total))
    assert spans_shown(trees, sides[1], is_first=False) == list(range(sides[1].forest.total))
    for line, pair in enumerate(trees.pairs):
        inside = range(line + 1, trees.subtree_end[line])
        assert all(trees.pairs[below].depth > pair.depth for below in inside)
        if trees.subtree_end[line] < len(trees.pairs):
            assert trees.pairs[trees.subtree_end[line]].depth <= pair.depth


@given(any_tree())
def test_a_trace_does_not_differ_from_itself(tree: Tree) -> None:
    """Nothing is only on one side, and the runs do not part."""
    side = tree.side()
    trees = align_trees(side, side)
    assert all(pair.first == pair.second for pair in trees.pairs)
    assert parting(trees, side, side) == Parting(False, None)
    assert not [found for pair in trees.pairs for found in differences(pair, side, side)]
