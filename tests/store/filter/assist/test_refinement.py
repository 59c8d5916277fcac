"""Conditions that the explorer writes into the filter: they mean exactly the value, and keep what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.filter.conftest import TraceFile
from tests.store.filter.reference import span_filters
from tracetui.store.filter import FilterError, parse
from tracetui.store.filter.assist.refinement import denied, equal_to, field_named, narrowed_to, written
from tracetui.store.filter.tree.nodes import Compare, SpanSet, leaves

VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.integers() | st.booleans()
FIELDS = st.sampled_from(
    ["model", "name", "trace.name", "session", "tag.env", "input.a.b", "x", "`weird key`", "attr.name"]
)


@given(FIELDS, VALUES)
def test_written_condition_means_the_field_and_the_value(field: str, value: str | int | bool) -> None:
    """Whatever stands in the value, the one parser reads the same condition back."""
    condition = equal_to(field_named(field), value)
    assert parse(narrowed_to(parse(""), condition)).root == condition
    (again,) = leaves(parse(denied(parse(""), [condition])).root)
    assert again == condition


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_written_value_is_one_value(value: str) -> None:
    """With quotes or without, completion puts one value behind the operator."""
    found = parse(f"x = {written(value)}").root
    assert isinstance(found, Compare)
    assert found.values[0].text == value


@given(span_filters, FIELDS, VALUES, st.booleans())
def test_written_condition_is_added_to_any_filter(
    filter: tuple[str, object], field: str, value: str | int | bool, in_groups: bool
) -> None:
    """The result is a filter again, and has the condition."""
    condition = equal_to(field_named(field), value)
    for text in (narrowed_to(parse(filter[0]), condition), denied(parse(filter[0]), [condition], in_groups=in_groups)):
        assert condition in leaves(parse(text).root)


@pytest.mark.parametrize(
    ("typed", "field", "value", "only", "denial"),
    [
        ("", "model", "gpt-4o", 'model = "gpt-4o"', 'not {model = "gpt-4o"}'),
        ("", "kind", "LLM", "kind = LLM", "not {kind = LLM}"),
        ("", "status", "ERROR", "status = error", "not {status = error}"),
        ("", "session", "s-1", 'session = "s-1"', 'not session = "s-1"'),
        ("", "user", None, "user is null", "not user is null"),
        ("", "temperature", 0.7, "temperature = 0.7", "not {temperature = 0.7}"),
        ("timeout", "trace.name", "a b", 'timeout and trace.name = "a b"', 'timeout and not trace.name = "a b"'),
        ("a or b", "user", "u", '(a or b) and user = "u"', '(a or b) and not user = "u"'),
        ("where a = 1 or b = 2", "user", "u", '(a = 1 or b = 2) and user = "u"', '(a = 1 or b = 2) and not user = "u"'),
        ("model = a | sort(x)", "model", "b", 'model = "b" | sort(x)', 'model = a and not {model = "b"} | sort(x)'),
        ("{kind = LLM}", "model", "b", "{kind = LLM and model = 'b'}", '{kind = LLM} and not {model = "b"}'),
        ("{model = b}", "model", "b", 'model = "b"', 'not {model = "b"}'),
        ('model = "b"', "model", "b", 'model = "b"', 'not {model = "b"}'),
    ],
)  # fmt: skip
def test_condition_joins_what_was_typed(
    typed: str, field: str, value: str | float | None, only: str, denial: str
) -> None:
    """A second value of one field takes the place of the first; what is denied is denied of the whole trace."""
    condition = equal_to(field_named(field), value)
    assert narrowed_to(parse(typed), condition) == only
    assert denied(parse(typed), [condition]) == denial


def test_group_is_left_out_of_its_own_kind_of_spans() -> None:
    """Where groups are of spans, what is denied is denied of the span, inside its set too."""
    condition = equal_to(field_named("model"), "b")
    assert denied(parse("kind = LLM | by(model)"), [condition], in_groups=True) == (
        'kind = LLM and not model = "b" | by(model)'
    )
    inside = parse(denied(parse("{a} >> {kind = LLM or x} | by(model)"), [condition], in_groups=True))
    assert isinstance(inside.root, SpanSet)
    assert condition in leaves(inside.root)
    assert inside.by is not None


@given(
    st.sampled_from(["model", "name", "session", "trace.name", "kind", "s", "input.q"]),
    st.sampled_from(["plan", "gpt-4o", "GPT-4o", "a*b", "", 'say "hi"', "it's", "s-42", "LLM", 612, True]),
    st.sampled_from(["", "kind ~ l", "plan or s = 5", "{kind = LLM} > {name ~ plan}"]),
)
def test_only_this_and_not_this_part_the_list(filled: TraceFile, field: str, value: str | int, typed: str) -> None:
    """A trace of the list is in exactly one of the two."""
    condition = equal_to(field_named(field), value)
    query = parse(typed)
    before = set(filled.among(typed))
    without = set(filled.among(denied(query, [condition])))
    if typed == "":
        only = set(filled.among(narrowed_to(query, condition)))
        assert only | without == before
        assert not only & without
    assert without <= before


@pytest.mark.parametrize("name", ["trace.nosuch", "resource.nosuch"])
def test_field_that_cannot_exist_is_refused(name: str) -> None:
    """The error of the one parser."""
    with pytest.raises(FilterError):
        field_named(name)
