"""Assessments of a trace: feedback on its quality, the expected result, a known issue."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from copy import copy
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, TypeVar

from ..exceptions import InvalidTypeError, InvalidValueError
from ..mlflow_form.json_values import iso_to_ms, json_text, json_value, ms_to_iso
from ..parts import clock
from ..parts.ids import mlflow_trace_id, normalize_trace_id, parse_trace_id
from .assessment_error import AssessmentError
from .assessment_source import AssessmentSource, AssessmentSourceType

A = TypeVar("A", bound="Assessment")

DEFAULT_FEEDBACK_NAME = "feedback"
"""The name of feedback without a name."""

SOURCE_RUN_ID = "mlflow.assessment.sourceRunId"
"""The metadata key of the MLflow run that made the assessment."""


@dataclass
class Assessment:
    """The fields of every kind of assessment. Times are Unix milliseconds.

    Raises ValueError without a name, and TypeError for a source that is not an `AssessmentSource`.
    """

    name: str
    value: Any = None
    _: KW_ONLY
    source: AssessmentSource | None = None
    trace_id: str | None = None
    run_id: str | None = None
    rationale: str | None = None
    metadata: dict[str, str] | None = None
    span_id: str | None = None
    create_time_ms: int | None = None
    last_update_time_ms: int | None = None
    assessment_id: str | None = None
    overrides: str | None = None
    valid: bool = True

    has_own_source: bool = field(default=False, init=False, repr=False, compare=False)
    """Whether the source was given. If not, it is the default source of the kind."""

    kind: ClassVar[str] = "assessment"
    default_source: ClassVar[str] = AssessmentSourceType.HUMAN

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise InvalidValueError(f"the name of an assessment is a string that is not empty, not {self.name!r}")
        self.has_own_source = self.source is not None
        if self.source is None:
            self.source = AssessmentSource(self.default_source)
        elif not isinstance(self.source, AssessmentSource):
            raise InvalidTypeError(
                f"source={self.source!r}: pass an AssessmentSource, such as AssessmentSource('HUMAN', 'ada')"
            )
        if self.metadata is not None:
            self.metadata = {str(key): str(value) for key, value in self.metadata.items()}
        if self.trace_id is not None:
            self.trace_id = normalize_trace_id(self.trace_id)
        if self.run_id is None:
            self.run_id = (self.metadata or {}).get(SOURCE_RUN_ID)
        now_ms = clock.wall_ns() // 1_000_000
        self.create_time_ms = now_ms if self.create_time_ms is None else self.create_time_ms
        self.last_update_time_ms = self.create_time_ms if self.last_update_time_ms is None else self.last_update_time_ms

    @property
    def feedback(self) -> Feedback | None:
        """The assessment itself if it is feedback, else None."""
        return None

    @property
    def expectation(self) -> Expectation | None:
        """The assessment itself if it is an expectation, else None."""
        return None

    @property
    def issue(self) -> IssueReference | None:
        """The assessment itself if it refers to an issue, else None."""
        return None

    def with_fields(self: A, **fields: Any) -> A:
        """A copy with other values of these fields."""
        other = copy(self)
        vars(other).update(fields)
        return other

    def on_trace(self: A, trace_id: str | None) -> A:
        """A copy for that trace, or for none. The copy has an id: its own, or a new one."""
        digits = None if trace_id is None else parse_trace_id(trace_id)
        return self.with_fields(trace_id=digits, assessment_id=self.assessment_id or new_assessment_id())

    def to_dictionary(self) -> dict[str, Any]:
        """MLflow's JSON form."""
        assert self.source is not None
        assert self.create_time_ms is not None
        assert self.last_update_time_ms is not None
        document = {
            "assessment_id": self.assessment_id,
            "assessment_name": self.name,
            "trace_id": self.trace_id and mlflow_trace_id(self.trace_id),
            "span_id": self.span_id,
            "source": self.source.to_dictionary(),
            "create_time": ms_to_iso(self.create_time_ms),
            "last_update_time": ms_to_iso(self.last_update_time_ms),
            "rationale": self.rationale,
            "metadata": self.metadata,
            "overrides": self.overrides,
            "valid": self.valid,
            self.kind: self._content(),
        }
        return {name: value for name, value in document.items() if value is not None}

    to_dict = to_dictionary

    @staticmethod
    def from_dictionary(document: Mapping[str, Any]) -> Assessment:
        """An assessment from MLflow's JSON form. Raises ValueError for an invalid form."""
        kind = next((kind for name, kind in KINDS.items() if name in document), None)
        if kind is None or not document.get("assessment_name"):
            raise InvalidValueError(
                "an assessment in MLflow's JSON form has an assessment_name and one of feedback, expectation and issue"
            )
        content = document[kind.kind] or {}
        common: dict[str, Any] = {
            "source": AssessmentSource.from_dictionary(document.get("source") or {}),
            **{name: document.get(name) for name in ("trace_id", "span_id", "rationale", "metadata", "overrides")},
            "assessment_id": document.get("assessment_id"),
            "create_time_ms": iso_to_ms(document["create_time"]) if "create_time" in document else None,
            "last_update_time_ms": iso_to_ms(document["last_update_time"]) if "last_update_time" in document else None,
            "valid": bool(document.get("valid", True)),
        }
        return kind._of_content(document["assessment_name"], content, common)

    def _content(self) -> dict[str, Any]:
        return {"value": self.value}

    @classmethod
    def _of_content(cls, name: str, content: Mapping[str, Any], common: dict[str, Any]) -> Assessment:
        return cls(name, content.get("value"), **common)


@dataclass
class Feedback(Assessment):
    """A judgement: a number, a text, a boolean, or a list or object of these; or None with the error of the judge."""

    name: str = DEFAULT_FEEDBACK_NAME
    _: KW_ONLY
    error: AssessmentError | BaseException | str | None = None

    kind: ClassVar[str] = "feedback"
    default_source: ClassVar[str] = AssessmentSourceType.CODE

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.error, BaseException):
            self.error = AssessmentError.from_exception(self.error)
        elif isinstance(self.error, str):
            self.error = AssessmentError("ASSESSMENT_ERROR", self.error)

    @property
    def feedback(self) -> Feedback:
        """The feedback itself."""
        return self

    @property
    def error_code(self) -> str | None:
        """The code of the error, or None."""
        return self.error.error_code if isinstance(self.error, AssessmentError) else None

    @property
    def error_message(self) -> str | None:
        """The message of the error, or None."""
        return self.error.error_message if isinstance(self.error, AssessmentError) else None

    def _content(self) -> dict[str, Any]:
        if not isinstance(self.error, AssessmentError):
            return {"value": self.value}
        return {"value": self.value, "error": self.error.to_dictionary()}

    @classmethod
    def _of_content(cls, name: str, content: Mapping[str, Any], common: dict[str, Any]) -> Feedback:
        error = AssessmentError.from_dictionary(content["error"]) if content.get("error") else None
        return cls(name, content.get("value"), error=error, **common)


@dataclass
class Expectation(Assessment):
    """The expected result: any value of JSON. Raises ValueError for None."""

    kind: ClassVar[str] = "expectation"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.value is None:
            raise InvalidValueError(f"expectation {self.name!r} needs a value that is not None")

    @property
    def expectation(self) -> Expectation:
        """The expectation itself."""
        return self

    def _content(self) -> dict[str, Any]:
        if not isinstance(self.value, list | dict):
            return {"value": self.value}
        return {"serialized_value": {"serialization_format": "JSON_FORMAT", "value": json_text(self.value)}}

    @classmethod
    def _of_content(cls, name: str, content: Mapping[str, Any], common: dict[str, Any]) -> Expectation:
        serialized = content.get("serialized_value")
        return cls(name, json_value(serialized["value"]) if serialized else content.get("value"), **common)


@dataclass(init=False)
class IssueReference(Assessment):
    """A reference to a known issue of the trace. `name` is the id of the issue, `value` its name, as in MLflow."""

    kind: ClassVar[str] = "issue"
    default_source: ClassVar[str] = AssessmentSourceType.LLM_JUDGE

    def __init__(
        self,
        issue_id: str,
        issue_name: str,
        source: AssessmentSource | None = None,
        trace_id: str | None = None,
        run_id: str | None = None,
        rationale: str | None = None,
        metadata: dict[str, str] | None = None,
        span_id: str | None = None,
        create_time_ms: int | None = None,
        last_update_time_ms: int | None = None,
        **stored: Any,
    ) -> None:
        """Raises ValueError without an id or a name."""
        if issue_name is None:
            raise InvalidValueError(f"issue {issue_id!r} needs a name that is not None")
        super().__init__(
            issue_id,
            issue_name,
            source=source,
            trace_id=trace_id,
            run_id=run_id,
            rationale=rationale,
            metadata={**(metadata or {}), SOURCE_RUN_ID: run_id} if run_id else metadata,
            span_id=span_id,
            create_time_ms=create_time_ms,
            last_update_time_ms=last_update_time_ms,
            **stored,
        )

    @property
    def issue(self) -> IssueReference:
        """The reference itself."""
        return self

    @property
    def issue_id(self) -> str:
        """The id of the issue."""
        return self.name

    @property
    def issue_name(self) -> Any:
        """The name of the issue."""
        return self.value

    def _content(self) -> dict[str, Any]:
        return {"issue_name": self.issue_name}

    @classmethod
    def _of_content(cls, name: str, content: Mapping[str, Any], common: dict[str, Any]) -> IssueReference:
        return cls(name, content.get("issue_name") or name, **common)


KINDS: dict[str, type[Assessment]] = {"feedback": Feedback, "expectation": Expectation, "issue": IssueReference}
"""Name of a kind, in the file and in MLflow's JSON -> its class."""


def new_assessment_id() -> str:
    """A new id in MLflow's form: `a-` and 32 hex digits."""
    return f"a-{uuid.uuid4().hex}"
