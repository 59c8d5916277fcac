"""The names that `order_by` accepts."""

from __future__ import annotations

import pytest

from tracetui import tracer

pytestmark = pytest.mark.usefixtures("recorded")


@pytest.mark.parametrize(
    "name",
    [
        "start",
        "timestamp_ms",
        "request_time",
        "execution_time_ms",
        "execution_duration",
        "state",
        "attributes.trace_id",
    ],
)
def test_names_of_mlflow_and_of_the_filter_order_traces(name: str) -> None:
    """Each means the field that a filter means by it."""
    with tracer.start_span("answer"):
        pass
    assert len(tracer.search_traces(order_by=[f"{name} DESC"], return_type="list")) == 1


def test_an_unknown_name_raises_and_the_message_lists_the_known_ones() -> None:
    """The message names the argument, the fields and the directions."""
    with pytest.raises(ValueError, match=r"order_by='size DESC': no such field; order by start, .*ASC or DESC"):
        tracer.search_traces(order_by=["size DESC"], return_type="list")
