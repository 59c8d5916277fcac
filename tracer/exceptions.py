"""Exceptions of the tracer: each is a builtin type of error, and also MLflow's class, which programs catch."""

from __future__ import annotations

from typing import Any, ClassVar

_HTTP_STATUS = {
    "INVALID_PARAMETER_VALUE": 400,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "NOT_FOUND": 404,
    "RESOURCE_ALREADY_EXISTS": 400,
    "NOT_IMPLEMENTED": 501,
}


class MlflowException(Exception):
    """The exception that programs written for MLflow catch, with `message` and MLflow's `error_code`."""

    default_code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: object, error_code: Any = None, **_: Any) -> None:
        """`error_code` is the name of a code. MLflow's numbers need tables of its server, so they mean the default."""
        super().__init__(str(message))
        self.message = str(message)
        self.error_code = error_code if isinstance(error_code, str) else self.default_code

    @classmethod
    def invalid_parameter_value(cls, message: object, **_: Any) -> MlflowException:
        """Return an exception for an invalid value."""
        return cls(message, error_code="INVALID_PARAMETER_VALUE")

    def get_http_status_code(self) -> int:
        """Return the HTTP status that a web service would respond with."""
        return _HTTP_STATUS.get(self.error_code, 500)

    def serialize_as_json(self) -> str:
        """Return code and message as a JSON object."""
        import json

        return json.dumps({"error_code": self.error_code, "message": self.message})


class MlflowTracingException(MlflowException):
    """MLflow's base class of errors in tracing. Nothing here raises it."""


class MlflowTraceDataException(MlflowTracingException):
    """MLflow's error for a trace whose spans cannot be read. Nothing here raises it or its subclasses."""

    def __init__(self, error_code: Any = None, request_id: str | None = None, artifact_path: str | None = None) -> None:
        super().__init__(f"the spans of trace {request_id or artifact_path} cannot be read", error_code)


class MlflowTraceDataNotFound(MlflowTraceDataException):
    """MLflow's error for missing spans of a trace."""

    def __init__(self, request_id: str | None = None, artifact_path: str | None = None) -> None:
        super().__init__("NOT_FOUND", request_id, artifact_path)


class MlflowTraceDataCorrupted(MlflowTraceDataException):
    """MLflow's error for damaged spans of a trace."""

    def __init__(self, request_id: str | None = None, artifact_path: str | None = None) -> None:
        super().__init__("INVALID_STATE", request_id, artifact_path)


class RestException(MlflowException):
    """MLflow's error for a response of its server. Nothing here raises it."""


class InvalidValueError(MlflowException, ValueError):
    """A value is invalid."""

    default_code = "INVALID_PARAMETER_VALUE"


class InvalidTypeError(MlflowException, TypeError):
    """A value has an invalid type."""

    default_code = "INVALID_PARAMETER_VALUE"


class NotFoundError(MlflowException, LookupError):
    """Nothing has the requested id."""

    default_code = "RESOURCE_DOES_NOT_EXIST"


class MlflowNotImplementedException(MlflowException, NotImplementedError):
    """Only MLflow's server could return a result. The message says what to do instead."""

    default_code = "NOT_IMPLEMENTED"
