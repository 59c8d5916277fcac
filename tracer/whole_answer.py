"""What a model's whole answer tells of itself, as a function returned it: its model, its counts of tokens, its failure.

The forms of OpenAI's completions, responses and embeddings (and of all that imitate them), Anthropic's messages,
Bedrock's Converse, Gemini's and LangChain's. Answers in chunks are for `answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..store.rows import ERROR, MODEL_CALLS
from .formats.failures import error_in, failed_finish
from .formats.fields import get, items
from .formats.gemini import blocked_prompt
from .formats.langchain import model_in

if TYPE_CHECKING:
    from .span import Span

_OBJECTS = frozenset({"chat.completion", "text_completion", "response", "list"})
"""What OpenAI's answers say they are; `list` is embeddings."""


def may_tell(outputs: dict[str, Any]) -> bool:
    """Whether it is worth a closer look; quick to answer."""
    return "usage" in outputs or "usage_metadata" in outputs or "model" in outputs or "error" in outputs


def tell(span: Span, outputs: dict[str, Any]) -> None:
    """Set what the outputs of a span that ends tell, where the span does not say otherwise."""
    if span.has_children and span.kind not in MODEL_CALLS:
        return
    for key, value in told_by(outputs).items():
        span.attribute_values.setdefault(key, value)
    if span.status_code is None and (failure := failure_of(outputs, span.kind)) is not None:
        span.status_code, span.status_message = ERROR, failure


def told_by(outputs: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a span whose outputs these are; none if they are no answer in a form that is known."""
    usage, model = _usage_and_model(outputs)
    told: dict[str, Any] = {}
    if isinstance(usage, Mapping):
        from ..store.token_counts import from_usage

        if not from_usage(usage):
            return {}
        told["llm.usage"] = {key: each for key, each in usage.items() if each is not None}
    elif usage is not None:
        return {}
    if isinstance(model, str) and model:
        told["gen_ai.response.model"] = model
    return told


def failure_of(outputs: dict[str, Any], kind: str) -> str | None:
    """The message of the failure that an answer reports; None for one that succeeded, or is no answer.

    `kind` is that of the span: only of a model call is any object with an `error` an answer.
    """
    error = error_in(outputs)
    if error is not None and (kind in MODEL_CALLS or _is_of_openai(outputs) or outputs.get("type") == "error"):
        return error
    if outputs.get("object") == "response":
        return "the response failed" if outputs.get("status") == "failed" else None
    if choices := items(outputs.get("choices")):
        told = error_in(choices[0])
        return told or failed_finish(get(choices[0], "finish_reason"), has_content=_has_content(choices[0]))
    if "candidates" in outputs and "usage_metadata" in outputs:
        candidates = items(outputs["candidates"])
        if not candidates:
            return blocked_prompt(outputs)
        parts = items(get(get(candidates[0], "content"), "parts"))
        return failed_finish(get(candidates[0], "finish_reason"), has_content=bool(parts))
    if "stopReason" in outputs and "output" in outputs:
        content = get(get(outputs["output"], "message"), "content")
        return failed_finish(outputs["stopReason"], has_content=bool(content))
    return None


def _has_content(choice: Any) -> bool:
    message = get(choice, "message")
    return any(get(message, part) for part in ("content", "tool_calls", "function_call", "audio", "refusal")) or bool(
        get(choice, "text")
    )


def _is_of_openai(outputs: dict[str, Any]) -> bool:
    """Whether these are an answer of OpenAI's form. One that failed may have no choices, but the entry for them."""
    kind = outputs.get("object")
    return (isinstance(kind, str) and kind in _OBJECTS) or "choices" in outputs


def _usage_and_model(outputs: dict[str, Any]) -> tuple[Any, Any]:
    """The counts of tokens, None for an answer without, and the model; False for what is no answer."""
    usage = outputs.get("usage")
    if outputs.get("type") == "ai":
        return outputs.get("usage_metadata"), model_in(outputs.get("response_metadata"))
    if isinstance(outputs.get("candidates"), list):
        return outputs.get("usage_metadata"), outputs.get("model_version")
    if (
        (_is_of_openai(outputs) and (usage is not None or _are_answers(outputs.get("choices"))))
        or (outputs.get("type") == "message" and "content" in outputs)
        or ("stopReason" in outputs and "output" in outputs)
    ):
        return usage, outputs.get("model")
    return False, None


def _are_answers(choices: Any) -> bool:
    """Whether these are the choices of an answer: a program's own may be of anything."""
    return choices is None or any(get(choice, "message") or get(choice, "text") for choice in items(choices))
