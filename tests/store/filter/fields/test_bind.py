"""Names of a filter are bound to their fields where its text is parsed."""

from __future__ import annotations

import pytest

from tracetui.store.filter import parse
from tracetui.store.filter.fields.bind import bind_leaf
from tracetui.store.filter.tree.field_kinds import Attribute, Column
from tracetui.store.filter.tree.nodes import Compare, Name, Value, fields


@pytest.mark.parametrize(
    "text",
    [
        "kind = LLM llm.ttft_ms > 500",
        "{root.name = a} >> {not has:user.id or parent.parent.kind = TOOL}",
        "is:error | by(model, tag.env) | p95(ttft) > 800ms | sort(-sum(cost))",
        "status = error | count() > 2 | max(start) > today | sort(-trace.cost) | limit 3",
    ],
)
def test_each_name_of_a_parsed_filter_is_bound_to_its_field(text: str) -> None:
    """Names are resolved once, where a text is parsed; what reads the tree finds the fields on it."""
    names = fields(parse(text))
    assert names
    assert all(name.field is not None for name in names)


def test_a_leaf_that_a_program_makes_is_bound_like_one_that_is_typed() -> None:
    """A condition made without text has the field that the same name has in a text."""
    leaf = bind_leaf(Compare(Name("metadata", "mlflow.trace.session"), "=", (Value("s-42", True),)))
    assert isinstance(leaf, Compare)
    assert isinstance(leaf.field.bound, Column)
    assert leaf == parse('metadata.mlflow.trace.session = "s-42"').root
    assert fields(parse("attr.x = 1"))[0].bound == Attribute("x")


def test_a_name_that_is_not_bound_says_so() -> None:
    """A tree that was never bound is an error of the program, not a filter that finds nothing."""
    with pytest.raises(ValueError, match="not bound"):
        _ = Name("", "ttft").bound
