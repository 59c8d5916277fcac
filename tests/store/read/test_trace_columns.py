"""Which columns of the list have values, and columns that are read on request."""

from __future__ import annotations

from tests.support.builders import TraceFile
from tracetui.store.read.reader import Reader
from tracetui.store.read.trace_columns import both, filled_between, values_of


def test_filled_columns_are_those_with_a_value_in_some_row(file: TraceFile) -> None:
    """Two looks at halves of the file know as much as one at all of it."""
    file.trace("a", model="gpt-4o")
    file.trace("bcd", ttft_ms=3.0, tags="{}")
    with Reader(file.path) as reader:
        whole = filled_between(reader, 1, 2)
        assert whole == both(filled_between(reader, 2, 2), filled_between(reader, 1, 1))
        assert whole.longest == {"name": 3, "model": 6, "ttft": 1}
        assert not whole.has_one_name
        assert filled_between(reader, 1, 1).has_one_name
        assert filled_between(reader, 3, 9).longest == {}


def test_columns_on_request(file: TraceFile) -> None:
    """Tags, the largest prompt of a trace, and the first value of an attribute."""
    one, other = file.trace("one", tags='{"env": "prod"}'), file.trace("other")
    root = one.span("root", attributes={"shop.tenant": "a"}, input_tokens=9_000)
    for tokens in (40, 70):
        one.span("call", parent=root, kind="LLM", input_tokens=tokens, attributes={"shop.tenant": "b"})
    other.span("root", attributes={"ok": True})
    with Reader(file.path) as reader:
        ids = [one.id, other.id]
        assert values_of(reader, "tags", ids)[one.id] == {"env": "prod"}
        assert values_of(reader, "peak", ids) == {one.id: 70}
        assert values_of(reader, "attr:shop.tenant", ids) == {one.id: "a"}
        assert values_of(reader, "attr:ok", ids) == {other.id: True}
        assert values_of(reader, "attr:nobody.has.it", ids) == {}
