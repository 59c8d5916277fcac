"""Where OpenInference's instrumentor for OpenAI gets in the way of the program, put right.

It has one class of proxy for synchronous and asynchronous streams, and parses what `with_streaming_response` gives
before the program does, without waiting for what is asynchronous.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from typing import Any

from ...answers.fields import get
from ...streams.followed_response import is_followed

_MARK = "_tracetui_put_right"


def put_right() -> None:
    """Change the instrumentor where it is the one that is known; a second time does nothing."""
    try:
        requests: Any = importlib.import_module("openinference.instrumentation.openai._request")
        both, calls, chunks = requests._Stream, requests._WithOpenAI, requests._ChatCompletionAccumulator
        finalize = calls._finalize_response
    except (ImportError, AttributeError):  # another instrumentor, or another version of it
        return
    if not hasattr(finalize, _MARK):
        requests._Stream = _of_one_kind(both)
        requests._ChatCompletionAccumulator = _whole(chunks)
        calls._finalize_response = _leaving_raw_responses(finalize)


def _of_one_kind(both: Any) -> Any:
    """Let the proxy of a synchronous stream be no asynchronous one as well.

    Instructor asks which it is, takes a synchronous stream for an asynchronous one, and its `create_partial` fails.
    """

    class SynchronousStream(both):  # type: ignore[misc]
        __aiter__ = None
        __anext__ = None

    @functools.wraps(both, updated=())
    def proxy(stream: Any, *args: Any, **kwargs: Any) -> Any:
        of_kind = SynchronousStream if hasattr(type(stream), "__next__") else both
        return of_kind(stream, *args, **kwargs)

    return proxy


def _whole(of_chunks: Any) -> Any:
    """Let the chunks of a chat read as the completion that they make, with all that was spoken.

    The instrumentor keeps what each chunk says it is, and of the pieces of a transcript the last.
    """

    class WholeCompletion(of_chunks):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._transcripts: dict[Any, str] = {}

        def process_chunk(self, chunk: Any) -> None:
            super().process_chunk(chunk)
            for choice in chunk.choices:
                spoken = get(get(choice.delta, "audio"), "transcript")
                if isinstance(spoken, str):
                    self._transcripts[choice.index] = self._transcripts.get(choice.index, "") + spoken

        def _result(self) -> Any:
            result = super()._result()
            if not result:
                return result
            result["object"] = "chat.completion"
            for choice in result.get("choices", ()):
                message = choice.setdefault("message", {})
                message.setdefault("role", "assistant")
                if isinstance(audio := message.get("audio"), dict):
                    audio.pop("data", None)  # of the last chunk alone
                    audio["transcript"] = self._transcripts.get(choice.get("index"), "")
            return result

    return WholeCompletion


def _leaving_raw_responses(finalize: Any) -> Any:
    """Let a response be read and parsed by the program alone: `raw_responses` measures its body.

    The instrumentor would read all of it before the program has it; of an asynchronous one it makes a coroutine that
    nobody awaits, which warns in the program's terminal.
    """

    @functools.wraps(finalize)
    def finalized(self: Any, response: Any, with_span: Any, *args: Any, **kwargs: Any) -> Any:
        is_unread = is_followed(getattr(response, "http_response", None))
        if is_unread or inspect.iscoroutinefunction(getattr(response, "parse", None)):
            with_span.finish_tracing()
            return response
        return finalize(self, response, with_span, *args, **kwargs)

    setattr(finalized, _MARK, True)
    return finalized
