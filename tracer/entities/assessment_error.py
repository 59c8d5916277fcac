"""The error of a judge: the reason why an assessment has no value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..parts.event import format_stack_trace


@dataclass(frozen=True)
class AssessmentError:
    """The code of an error, with its message and stack trace if they are known."""

    error_code: str
    error_message: str | None = None
    stack_trace: str | None = None

    @classmethod
    def from_exception(cls, error: BaseException) -> AssessmentError:
        """The error of a judge that raised this exception."""
        return cls(type(error).__name__, str(error), format_stack_trace(error))

    def to_dictionary(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        return {name: value for name, value in vars(self).items() if value is not None}

    @classmethod
    def from_dictionary(cls, document: Mapping[str, Any]) -> AssessmentError:
        """An error from MLflow's JSON form."""
        return cls(str(document["error_code"]), document.get("error_message"), document.get("stack_trace"))
