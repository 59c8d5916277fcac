"""OpenInference's instrumentor for OpenAI: requests that ask no model, and proxies that get in the program's way.

The instrumentor has one class of proxy for synchronous and asynchronous streams, and parses the result of
`with_streaming_response` before the program does, without waiting for what is asynchronous.
"""

from __future__ import annotations

import inspect
from typing import Any

from ...answers.counted_answers import note_call
from ...answers.fields import get
from ...streams.followed_response import is_followed
from .calls_without_model import Attributes, ReadRequest, counted, of_no_model
from .patch import before, patch

_REQUEST = "openinference.instrumentation.openai._request"

_ASK_A_MODEL = (
    *("/completions", "/responses", "/responses/compact", "/embeddings", "/decisions", "/videos", "/runs"),
    *("/images/generations", "/images/edits", "/images/variations"),
    *("/audio/transcriptions", "/audio/translations", "/audio/speech", "/remix", "/submit_tool_outputs"),
)
"""How the paths of OpenAI's API end that have a model work when they are posted to."""


def fix() -> None:
    """Patch the instrumentor."""
    patch(_REQUEST, "_parse_request_args", _telling_reads)
    patch(_REQUEST, "_WithOpenAI._get_attributes_from_request", _without_model)
    patch(_REQUEST, "_ResponseAttributesExtractor.get_attributes_from_response", _counting_once)
    patch(_REQUEST, "_ResponsesAccumulator.process_chunk", before(_note_call, "noting a call of a model"))
    patch(_REQUEST, "_Stream", _of_one_kind)
    patch(_REQUEST, "_ChatCompletionAccumulator", _as_completion)
    patch(_REQUEST, "_WithOpenAI._finalize_response", _leaving_raw_responses)


def asks_a_model(method: str, path: str) -> bool:
    """Whether a request to OpenAI's API, or to one that imitates it, has a model work."""
    return method.upper() == "POST" and path.partition("?")[0].rstrip("/").endswith(_ASK_A_MODEL)


def _telling_reads(parse: Any) -> Any:
    """Return the parameters of a request that asks no model as a `ReadRequest`."""

    def parsed(args: Any) -> Any:
        cast_to, parameters, files = parse(args)
        options = args[1]
        if not asks_a_model(str(options.method), str(options.url)):
            parameters = ReadRequest(parameters)
            if "/vector_stores/" in str(options.url) and str(options.url).endswith("/search"):
                parameters.kind = "RETRIEVER"
        return cast_to, parameters, files

    return parsed


def _without_model(describe: Any) -> Any:
    def described(self: Any, cast_to: Any, request_parameters: Any, *args: Any, **kwargs: Any) -> Attributes:
        attributes: Attributes = describe(self, cast_to, request_parameters, *args, **kwargs)
        is_read = isinstance(request_parameters, ReadRequest)
        return of_no_model(attributes, request_parameters.kind) if is_read else attributes

    return described


def _counting_once(describe: Any) -> Any:
    def described(self: Any, response: Any, request_parameters: Any) -> Attributes:
        is_read = isinstance(request_parameters, ReadRequest)
        return counted(describe(self, response, request_parameters), response, is_read=is_read)

    return described


def _note_call(accumulator: Any, chunk: Any) -> None:
    """Note the answer that a stream begins, so that a later call that reads the answer does not count it again."""
    is_read = isinstance(accumulator._request_parameters, ReadRequest)
    if getattr(chunk, "type", None) == "response.created" and not is_read:
        note_call(getattr(chunk.response, "id", None), has_usage=False)


def _of_one_kind(both: Any) -> Any:
    """Let the proxy of a synchronous stream be no asynchronous one as well.

    Instructor asks which it is, takes a synchronous stream for an asynchronous one, and its `create_partial` fails.
    """

    class SynchronousStream(both):  # type: ignore[misc]
        __aiter__ = None
        __anext__ = None

    def proxy(stream: Any, *args: Any, **kwargs: Any) -> Any:
        kind = SynchronousStream if hasattr(type(stream), "__next__") else both
        return kind(stream, *args, **kwargs)

    return proxy


def _as_completion(of_chunks: Any) -> Any:
    """Let the joined chunks of a chat read as a whole completion, with all that was spoken.

    The instrumentor keeps the object name of the chunks, and the last piece of a transcript.
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

    def finalized(self: Any, response: Any, with_span: Any, *args: Any, **kwargs: Any) -> Any:
        is_unread = is_followed(getattr(response, "http_response", None))
        if is_unread or inspect.iscoroutinefunction(getattr(response, "parse", None)):
            with_span.finish_tracing()
            return response
        return finalize(self, response, with_span, *args, **kwargs)

    return finalized
