"""Searches with stages of the filter language, which MLflow does not have."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.known import known
from tracetui import tracer

pytestmark = pytest.mark.usefixtures("recorded")


def test_a_search_accepts_stages_of_the_filter() -> None:
    """Aggregates, an order that holds across pages, a limit; the error for by(...) names the command for groups."""
    for calls in (1, 3, 2):
        with tracer.start_span(f"{calls} calls"):
            for _ in range(calls):
                with tracer.start_span("call", span_type="LLM"):
                    pass

    def names(filter_string: str, **more: Any) -> list[str]:
        found = tracer.search_traces(filter_string=filter_string, return_type="list", **more)
        return [trace.data.root.name for trace in found]

    assert names("kind = LLM | count() > 1") == ["2 calls", "3 calls"]
    assert names("kind = LLM | sort(-count())") == ["3 calls", "2 calls", "1 calls"]
    assert names("kind = LLM | sort(-count()) | limit 1") == ["3 calls"]
    assert names("kind = LLM | limit 2", order_by=["name"]) == ["2 calls", "3 calls"]
    first = tracer.Client().search_traces(filter_string="kind = LLM | sort(count())", max_results=2)
    rest = tracer.Client().search_traces(
        filter_string="kind = LLM | sort(count())", max_results=2, page_token=first.token
    )
    assert [known(trace.data.root).name for trace in [*first, *rest]] == ["1 calls", "2 calls", "3 calls"]
    with pytest.raises(ValueError, match=r"tracetui ls -f FILTER"):
        names("kind = LLM | by(name)")
