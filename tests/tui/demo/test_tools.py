"""The tools of the demo's chat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracetui.tui.demo import tools


@given(st.integers(-999, 999), st.integers(-999, 999), st.integers(1, 999), st.sampled_from("+-*/%"))
def test_calculator_computes_as_python_does(one: int, other: int, third: int, operation: str) -> None:
    """Precedence, parentheses and signs are the usual ones."""
    expression = f"({one} + {other}) {operation} {third} * -2"
    assert tools.calculator(expression) == eval(expression)


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("(1200 + 350 * 0.8", SyntaxError),
        ("__import__('os').getcwd()", ValueError),
        ("True + 1", ValueError),
        ("2 ** 9999", OverflowError),
        ("1 / 0", ZeroDivisionError),
    ],
)
def test_calculator_refuses_what_is_not_arithmetic(expression: str, error: type[Exception]) -> None:
    """A malformed expression raises, and no expression runs as code."""
    with pytest.raises(error):
        tools.calculator(expression)


def test_converter_converts_within_one_measure() -> None:
    """Hours become milliseconds, but not bytes; an unknown unit is named."""
    assert tools.convert(1.5, "hours", "ms") == pytest.approx(5_400_000)
    with pytest.raises(tools.ToolError, match="hours measures time, bytes measures size"):
        tools.convert(1, "hours", "bytes")
    with pytest.raises(tools.ToolError, match="no unit is called 'parsecs'"):
        tools.convert(1, "parsecs", "s")
