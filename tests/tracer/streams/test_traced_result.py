"""Functions that give back what is not through: coroutines, generators, streams of clients."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import types
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui.tracer import get_current_active_span, start_span, trace


async def test_a_plain_function_that_gives_a_coroutine_is_one_span_until_that_is_through(recorded: Recorded) -> None:
    """`trace(client.chat.completions.create)` of OpenAI's async client: a plain wrapper around a coroutine function."""

    async def answer(fails: bool) -> dict[str, Any]:
        with start_span("inside"):
            await asyncio.sleep(0)
        if fails:
            raise ValueError("no")
        return {"object": "chat.completion", "model": "m", "usage": {"prompt_tokens": 2, "completion_tokens": 1}}

    @functools.wraps(answer)
    def create(*, fails: bool) -> Any:
        return answer(fails)

    ask = trace(create, name="ask")
    pending = ask(fails=False)
    assert inspect.iscoroutine(pending)
    assert pending.__qualname__ == answer.__qualname__
    assert get_current_active_span() is None
    assert (await asyncio.create_task(pending))["model"] == "m"
    with pytest.raises(ValueError, match="no"):
        await ask(fails=True)
    assert get_current_active_span() is None
    spans = recorded.spans()
    first, second = [span for span in spans if span["name"] == "ask"]
    assert (first["status"], first["inputs"], first["outputs"]["model"]) == ("OK", {"fails": False}, "m")
    assert (second["status"], second["status_message"]) == ("ERROR", "ValueError: no")
    assert [span["parent_id"] for span in spans if span["name"] == "inside"] == [first["span_id"], second["span_id"]]


async def test_a_coroutine_of_a_call_that_is_not_sampled_records_nothing(recorded: Recorded) -> None:
    """What it does is below a span that keeps nothing, and begins no traces of its own."""

    async def answer() -> str:
        with start_span("inside"):
            return "done"

    ask: Any = trace(lambda: answer(), name="ask", sampling_ratio_override=0.0)
    assert await ask() == "done"
    with start_span("after"):
        pass
    assert [span["name"] for span in recorded.spans()] == ["after"]


def words(*, fails: bool = False) -> Iterator[str]:
    """A stream of text."""
    with start_span("inside"):
        yield "Hel"
    if fails:
        raise ValueError("no")
    yield "lo"


async def words_async(*, fails: bool = False) -> AsyncIterator[str]:
    """The same."""
    with start_span("inside"):
        yield "Hel"
    if fails:
        raise ValueError("no")
    yield "lo"


def test_a_generator_that_a_plain_function_gives_is_part_of_its_call(recorded: Recorded) -> None:
    """As `return chain.stream(question)` gives one: one span, from the call to the last chunk, with the text."""

    @trace
    def ask(question: str) -> Iterator[str]:
        return words()

    stream = ask("hi")
    assert inspect.isgenerator(stream)
    assert stream.__name__ == "words"
    assert get_current_active_span() is None
    assert recorded.span("ask")["status"] == "RUNNING"
    assert list(stream) == ["Hel", "lo"]
    span = recorded.span("ask")
    assert (span["status"], span["inputs"], span["outputs"]) == ("OK", {"question": "hi"}, "Hello")
    assert span["chunk_count"] == 2
    assert span["ttft_ms"] is not None
    assert recorded.span("inside")["parent_id"] == span["span_id"]


async def test_an_async_generator_that_a_function_gives_is_part_of_its_call(recorded: Recorded) -> None:
    """Of a plain function, and of one that is awaited first, as OpenAI's async client is."""

    @trace
    def ask() -> AsyncIterator[str]:
        return words_async()

    @trace
    async def awaited() -> AsyncIterator[str]:
        await asyncio.sleep(0)
        return words_async()

    twice: Any = trace(lambda: awaited.__wrapped__(), name="twice")  # type: ignore[attr-defined]
    assert [word async for word in ask()] == ["Hel", "lo"]
    assert [word async for word in await awaited()] == ["Hel", "lo"]
    assert [word async for word in await twice()] == ["Hel", "lo"]
    assert get_current_active_span() is None
    spans = [span for span in recorded.spans() if span["name"] != "inside"]
    assert [span["name"] for span in spans] == ["ask", "awaited", "twice"]
    for span in spans:
        assert (span["status"], span["outputs"], span["chunk_count"]) == ("OK", "Hello", 2)
        assert span["span_id"] in {child["parent_id"] for child in recorded.spans()}


def words_of(**how: bool) -> Iterator[str]:
    """A plain function."""
    return words(**how)


def words_of_async() -> AsyncIterator[str]:
    """Another."""
    return words_async()


def test_what_a_given_generator_raises_is_the_error_of_the_call(recorded: Recorded) -> None:
    """With what had arrived."""
    stream = trace(words_of, name="ask")(fails=True)
    with pytest.raises(ValueError, match="no"):
        list(stream)
    span = recorded.span("ask")
    assert (span["status"], span["status_message"], span["outputs"]) == ("ERROR", "ValueError: no", "Hel")


@pytest.mark.parametrize("steps", [0, 1])
def test_a_given_generator_that_is_left_is_cancelled(recorded: Recorded, steps: int) -> None:
    """Also before its first step, of which nothing of ours would ever know."""
    stream = trace(words_of, name="ask")()
    for _ in range(steps):
        next(stream)
    del stream
    gc.collect()
    span = recorded.span("ask")
    assert span["status"] == "CANCELLED"
    assert span["status_message"] == f"the consumer left the stream after {steps} chunks"
    assert get_current_active_span() is None


@pytest.mark.parametrize("steps", [0, 1])
async def test_a_given_async_generator_that_is_left_is_cancelled(recorded: Recorded, steps: int) -> None:
    """The same of an asynchronous one."""
    stream: Any = trace(words_of_async, name="ask")()
    for _ in range(steps):
        await anext(stream)
    del stream
    gc.collect()
    async with asyncio.timeout(20):
        while recorded.span("ask")["status"] == "RUNNING":  # the loop closes it in a task of its own
            await asyncio.sleep(0.01)
    assert recorded.span("ask")["status_message"] == f"the consumer left the stream after {steps} chunks"


def test_a_given_generator_is_sent_to_thrown_into_and_closed_as_it_was(recorded: Recorded) -> None:
    """Values, exceptions and the return value go through."""
    seen: list[Any] = []

    def talk() -> Generator[int, str, str]:
        try:
            seen.append((yield 1))
            seen.append((yield 2))
        except KeyError as error:
            seen.append(error)
            return "caught"
        finally:
            seen.append("closed")
        return "done"

    ask: Callable[[], Generator[int, str, str]] = trace(lambda: talk(), name="ask")
    stream = ask()
    assert [next(stream), stream.send("x")] == [1, 2]
    with pytest.raises(StopIteration) as stop:
        stream.throw(KeyError("k"))
    assert stop.value.value == "caught"
    other = ask()
    next(other)
    other.close()
    assert [repr(one) for one in seen] == ["'x'", "KeyError('k')", "'closed'", "'closed'"]
    assert [span["status"] for span in recorded.spans()] == ["OK", "CANCELLED"]


def test_a_generator_that_the_program_holds_too_is_not_closed_for_it(recorded: Recorded) -> None:
    """Without the tracer, a consumer that lets go of it would not close it either."""
    numbers = iter_numbers()
    more: Any = trace(lambda: numbers, name="more")
    for number in more():
        if number == 2:
            break
    gc.collect()
    assert next(numbers) == 3
    assert next(more()) == 4
    gc.collect()
    assert next(numbers) == 5


async def test_an_async_generator_that_the_program_holds_too_is_not_closed_for_it(recorded: Recorded) -> None:
    """The same of an asynchronous one, also where its consumer closes what it was given."""

    async def count() -> AsyncIterator[int]:
        for number in iter_numbers():
            yield number

    numbers: Any = count()
    more: Any = trace(lambda: numbers, name="more")
    given = more()
    assert await anext(given) == 1
    await given.aclose()
    assert await anext(numbers) == 2
    await numbers.aclose()
    assert recorded.span("more")["status"] == "CANCELLED"


def iter_numbers() -> Iterator[int]:
    """From one on."""
    yield from range(1, 100)


def test_a_generator_of_a_call_that_is_not_sampled_records_nothing(recorded: Recorded) -> None:
    """Nor do the spans inside begin traces of their own."""
    ask: Any = trace(words_of, sampling_ratio_override=0.0)
    assert list(ask()) == ["Hel", "lo"]
    with start_span("after"):
        pass
    assert [span["name"] for span in recorded.spans()] == ["after"]


def test_outputs_that_the_function_has_set_itself_are_kept(recorded: Recorded) -> None:
    """As of any other traced function."""

    @trace
    def ask() -> Iterator[str]:
        span = get_current_active_span()
        assert span is not None
        span.set_outputs("mine")
        return words()

    list(ask())
    span = recorded.span("ask")
    assert (span["outputs"], span["chunk_count"]) == ("mine", 2)


def test_the_stream_of_a_client_behind_an_instrumentors_proxy_is_measured(recorded: Recorded) -> None:
    """It is the proxy that the program gets, as before."""

    class Stream:
        def __init__(self) -> None:
            self._iterator = self.__stream__()

        def __stream__(self) -> Iterator[str]:
            return words()

        def __iter__(self) -> Iterator[str]:
            yield from self._iterator

    class Proxy:
        def __init__(self) -> None:
            self._inside = Stream()

        @property
        def __wrapped__(self) -> Any:
            return self._inside

    proxy = Proxy()
    assert trace(lambda: proxy, name="ask")() is proxy
    assert list(proxy.__wrapped__) == ["Hel", "lo"]
    assert (recorded.span("ask")["outputs"], recorded.span("ask")["status"]) == ("Hello", "OK")


def test_what_only_looks_like_a_clients_stream_is_a_result_as_any_other(recorded: Recorded) -> None:
    """Without a generator of its own, or with one that cannot be taken."""

    class Odd:
        def __stream__(self) -> Iterator[str]:
            return words()

    class Failing(Odd):
        @property
        def _iterator(self) -> Any:
            return words()

    class ProxyOfAnother:
        __wrapped__ = 3

    for result in (Odd(), Failing(), ProxyOfAnother()):
        assert trace(lambda result=result: result)() is result
    assert [span["status"] for span in recorded.spans()] == ["OK"] * 3


def test_a_result_whose_type_cannot_be_asked_is_a_result_as_any_other(recorded: Recorded) -> None:
    """A metaclass may raise for any name: that does not reach the caller, and no span stays current."""

    class Raising(type):
        def __getattr__(cls, name: str) -> Any:
            raise RuntimeError(name)

    class Odd(metaclass=Raising):
        pass

    odd = Odd()
    assert trace(lambda: odd)() is odd
    assert get_current_active_span() is None


def test_what_a_function_was_given_and_gives_back_stays_what_it_was(recorded: Recorded) -> None:
    """A function that skips a header line, say: its caller knows the generator, and may call it any number of times."""

    def skip(lines: Iterator[int]) -> Iterator[int]:
        next(lines)
        return lines

    lines = iter_numbers()
    assert trace(skip)(lines) is lines
    assert trace(skip)(lines=lines) is lines
    assert next(lines) == 3
    assert [span["status"] for span in recorded.spans()] == ["OK", "OK"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("leave", ["close", "throw", "cancel"])
async def test_a_given_coroutine_that_is_left_before_it_began_is_cancelled(recorded: Recorded, leave: str) -> None:
    """Python says of a coroutine that was closed or cancelled no word, so it must say none of the one within."""

    async def answer() -> None:
        pass

    pending = trace(lambda: answer(), name="ask")()
    if leave == "close":
        pending.close()
    elif leave == "throw":
        with pytest.raises(KeyError):
            pending.throw(KeyError())
    else:
        task = asyncio.create_task(pending)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        del task
        await asyncio.sleep(0)  # until the loop has let go of the exception
    del pending
    gc.collect()
    span = recorded.span("ask")
    assert (span["status"], span["status_message"]) == ("CANCELLED", "the coroutine was not awaited")


def test_a_given_coroutine_that_nobody_awaits_is_told_of_once(recorded: Recorded) -> None:
    """As without the tracer."""

    async def answer() -> None:
        pass

    with pytest.warns(RuntimeWarning, match="was never awaited") as told:
        trace(lambda: answer(), name="ask")()  # type: ignore[unused-coroutine]
    assert len(told) == 1
    told.clear()
    gc.collect()
    assert recorded.span("ask")["status"] == "CANCELLED"


async def test_generators_that_are_awaited_can_be_awaited(recorded: Recorded) -> None:
    """Those of `types.coroutine`, below which event loops are made: traced themselves, and given by a function."""

    @types.coroutine
    def step() -> Generator[None, None, str]:
        yield
        return "done"

    given: Any = trace(lambda: step(), name="given")
    traced: Any = trace(step, name="traced")
    assert [await given(), await traced()] == ["done", "done"]
    assert [(span["status"], span["outputs"]) for span in recorded.spans()] == [("OK", "done")] * 2


class Response:
    """Of HTTP, as clients hold it."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        """Give the connection back."""
        self.is_closed = True

    async def aclose(self) -> None:
        """The same of an asynchronous one."""
        self.is_closed = True


class Stream:
    """Made as those of OpenAI's and Anthropic's clients are."""

    def __init__(self) -> None:
        self.response = Response()
        self._iterator = self.__stream__()

    @staticmethod
    def __stream__() -> Iterator[str]:
        yield from ("Hel", "lo")

    def __next__(self) -> str:
        return next(self._iterator)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the response."""
        self.response.close()


class AsyncStream:
    """The same of an asynchronous client."""

    def __init__(self) -> None:
        self.response = Response()
        self._iterator = self.__stream__()

    @staticmethod
    async def __stream__() -> AsyncIterator[str]:
        yield "Hel"
        yield "lo"

    async def __anext__(self) -> str:
        return await anext(self._iterator)

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the response."""
        await self.response.aclose()


@pytest.mark.parametrize("steps", [0, 1])
async def test_a_clients_stream_that_is_closed_has_ended(recorded: Recorded, steps: int) -> None:
    """Also while somebody holds it: `with` is how a program leaves one early."""
    with trace(lambda: Stream(), name="given")() as stream:
        for _ in range(steps):
            next(stream)
    async with trace(lambda: AsyncStream(), name="given")() as other:
        for _ in range(steps):
            await anext(other)
    assert [stream.response.is_closed, other.response.is_closed] == [True, True]
    for span in recorded.spans():
        assert (span["status"], span["chunk_count"], span["outputs"]) == ("CANCELLED", steps, "Hel" if steps else None)


def test_a_clients_stream_is_not_held_by_what_closes_it(recorded: Recorded) -> None:
    """It goes when its program lets go of it, and whoever holds the method alone closes the response."""
    stream = trace(lambda: Stream(), name="given")()
    close, response, gone = stream.close, stream.response, weakref.ref(stream)
    del stream
    assert gone() is None
    close()
    assert response.is_closed
    assert recorded.span("given")["status"] == "CANCELLED"
