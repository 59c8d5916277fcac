"""Streams that are iterators of a class of their own, as LiteLLM's are, under `trace`."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui.tracer import get_current_active_span, start_span, trace


class CustomStreamWrapper:
    """A stream by the name that LiteLLM gives to its own; it closes itself at its end, as that does."""

    def __init__(self, error: Exception | None = None) -> None:
        self._texts = ["Hel", "lo"]
        self._error = error
        self.below: list[str] = []

    def __iter__(self) -> CustomStreamWrapper:
        return self

    def __aiter__(self) -> CustomStreamWrapper:
        return self

    def __next__(self) -> dict[str, Any]:
        self.below.append(getattr(get_current_active_span(), "name", ""))
        if not self._texts:
            self.close()
            raise self._error or StopIteration
        choice = {"index": 0, "delta": {"content": self._texts.pop(0)}, "finish_reason": None}
        return {"choices": [{**choice, "finish_reason": None if self._texts else "stop"}]}

    async def __anext__(self) -> dict[str, Any]:
        try:
            return self.__next__()
        except StopIteration:
            await self.aclose()
            raise StopAsyncIteration from None

    def close(self) -> None:
        """Close the response."""

    async def aclose(self) -> None:
        """Close the response."""


def test_each_step_is_measured_and_is_below_the_call(recorded: Recorded) -> None:
    """The stream that the program gets is the client's own; between the steps the program's span is current."""
    made = CustomStreamWrapper()

    @trace
    def ask() -> CustomStreamWrapper:
        return made

    with start_span("request") as request:
        stream = ask()
        assert stream is made
        for _ in stream:
            assert get_current_active_span() is request
    assert made.below == ["ask"] * 3
    span = recorded.span("ask")
    assert (span["parent_id"], span["status"], span["outputs"], span["chunk_count"]) == (
        request.span_id,
        "OK",
        "Hello",
        2,
    )


def test_functions_that_hand_it_on_are_measured_too(recorded: Recorded) -> None:
    """Each of the spans ends with the stream."""

    @trace
    def inner() -> CustomStreamWrapper:
        return CustomStreamWrapper()

    @trace
    def outer() -> CustomStreamWrapper:
        return inner()

    stream = outer()
    assert len(list(stream)) == 2
    assert type(stream) is CustomStreamWrapper
    assert {span["name"]: (span["status"], span["outputs"]) for span in recorded.spans()} == {
        "outer": ("OK", "Hello"),
        "inner": ("OK", "Hello"),
    }


async def test_an_async_stream_that_closes_itself_has_ended(recorded: Recorded) -> None:
    """It is not left."""

    @trace
    async def ask() -> CustomStreamWrapper:
        return CustomStreamWrapper()

    assert [_ async for _ in await ask()]
    assert recorded.span("ask")["status"] == "OK"


@pytest.mark.parametrize("is_closed", [True, False], ids=["closed", "dropped"])
def test_one_that_is_left_is_cancelled(is_closed: bool, recorded: Recorded) -> None:
    """By `close`, after which it is of its own class again, or when nobody has it any more."""

    @trace
    def ask() -> CustomStreamWrapper:
        return CustomStreamWrapper()

    stream = ask()
    next(stream)
    if is_closed:
        stream.close()
        assert type(stream) is CustomStreamWrapper
        assert next(stream)
    else:
        del stream
        gc.collect()
    span = recorded.span("ask")
    assert (span["status"], span["outputs"]) == ("CANCELLED", "Hel")


def test_an_error_of_the_stream_is_that_of_the_call(recorded: Recorded) -> None:
    """It reaches the program as it was."""

    @trace
    def ask() -> CustomStreamWrapper:
        return CustomStreamWrapper(ValueError("cut"))

    with pytest.raises(ValueError, match="cut"):
        list(ask())
    span = recorded.span("ask")
    assert (span["status"], span["outputs"]) == ("ERROR", "Hello")
    assert "cut" in span["status_message"]
