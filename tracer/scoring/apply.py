"""Apply a scorer to a trace."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from ..entities.assessment import Assessment, Feedback
from ..entities.assessment_source import AssessmentSource, AssessmentSourceType
from ..entities.trace import Trace
from ..tracing.constant import AssessmentMetadataKey
from .scorer import Scorer


def arguments_of(trace: Trace, wanted: Iterable[str]) -> dict[str, Any]:
    """Return the arguments of a scorer for a trace: inputs and outputs of the root, and values of expectations."""
    root = trace.data.root
    found: dict[str, Any] = {
        "inputs": root.inputs if root else None,
        "outputs": root.outputs if root else None,
        "expectations": {
            one.name: one.value for one in trace.info.assessments if one.kind == "expectation" and one.valid
        },
        "trace": trace,
    }
    return {name: found[name] for name in wanted}


def score(scorer: Scorer, trace: Trace) -> list[Feedback]:
    """Return what a scorer says of a trace, as feedback with ids that are the same each time.

    None says nothing. An exception of the scorer is the error of its feedback; KeyboardInterrupt and SystemExit pass.
    """
    try:
        result = scorer(**arguments_of(trace, scorer.arguments))
        if inspect.isawaitable(result):
            result = asyncio.run(_awaited(result))
        said = [_feedback(one, scorer) for one in _each(result)]
    except Exception as error:
        said = [Feedback(scorer.name, error=error)]
    return [_identified(one, scorer, trace.trace_id, number) for number, one in enumerate(said)]


def assessment_id(scorer: Scorer, trace_id: str, number: int = 0) -> str:
    """Return the id of what a scorer of this version says of a trace."""
    identity = f"{scorer.name}\0{scorer.version}\0{trace_id}\0{number}".encode(errors="surrogatepass")
    return f"a-{blake2b(identity, digest_size=16).hexdigest()}"


async def _awaited(result: Any) -> Any:
    return await result


def _each(result: Any) -> list[Any]:
    if result is None:
        return []
    return list(result) if isinstance(result, list | tuple) else [result]


def _feedback(value: Any, scorer: Scorer) -> Feedback:
    if isinstance(value, Feedback):
        if not value.has_own_source:
            value.source = _source(scorer)
        return value
    if isinstance(value, Assessment):
        raise TypeError(f"a scorer returns feedback, not {type(value).__name__}")
    if value is not None and not isinstance(value, bool | int | float | str | dict):
        raise TypeError(f"a scorer returns a bool, a number, a text or Feedback, not {type(value).__name__}")
    return Feedback(scorer.name, value, source=_source(scorer))


def _identified(feedback: Feedback, scorer: Scorer, trace_id: str, number: int) -> Feedback:
    named = feedback if feedback.name != "feedback" else feedback.with_fields(name=scorer.name)
    if not named.has_own_source and named.error is not None:
        named.source = _source(scorer)
    metadata = {
        **(named.metadata or {}),
        AssessmentMetadataKey.SCORER_NAME: scorer.name,
        AssessmentMetadataKey.SCORER_VERSION: scorer.version,
    }
    return named.with_fields(assessment_id=assessment_id(scorer, trace_id, number), metadata=metadata)


def _source(scorer: Scorer) -> AssessmentSource:
    return AssessmentSource(AssessmentSourceType.CODE, scorer.name)
