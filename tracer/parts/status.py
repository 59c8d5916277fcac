"""The status of a span, usable both as text and as MLflow's object."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from ..exceptions import InvalidValueError


class SpanStatusCode(StrEnum):
    """MLflow's codes, and CANCELLED for an operation that was stopped before it could fail or succeed."""

    UNSET = "UNSET"
    OK = "OK"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"


class SpanStatus(str):
    """A code and a description: `status == "OK"` means the same as `status.status_code == SpanStatusCode.OK`.

    Raises ValueError for a code that does not exist.
    """

    __slots__ = ("description", "status_code")

    status_code: SpanStatusCode
    description: str

    def __new__(cls, status_code: Any, description: str = "") -> SpanStatus:
        """`status_code` is a `SpanStatusCode`, its name, or OpenTelemetry's `STATUS_CODE_...`."""
        text = str(getattr(status_code, "value", status_code)).upper().rpartition(".")[2]
        try:
            code = SpanStatusCode(text.removeprefix("STATUS_CODE_"))
        except ValueError:
            raise InvalidValueError(f"span status {status_code!r} is not one of {', '.join(SpanStatusCode)}") from None
        self = super().__new__(cls, code.value)
        self.status_code = code
        self.description = description
        return self

    def __reduce__(self) -> tuple[type[SpanStatus], tuple[str, str]]:
        return SpanStatus, (self.status_code.value, self.description)

    def __repr__(self) -> str:
        return f"SpanStatus({str(self)!r}{f', {self.description!r}' if self.description else ''})"
