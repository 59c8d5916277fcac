"""What the tracer raises: each error is of the builtin kind it is, and of MLflow's one class, which programs catch."""

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
    """What a program that knows MLflow catches: `message`, and `error_code` in MLflow's words."""

    default_code: ClassVar[str] = "INTERNAL_ERROR"

    def __init__(self, message: object, error_code: Any = None, **_: Any) -> None:
        """`error_code` is the name of a code; MLflow's numbers need its server's tables and mean the default."""
        super().__init__(str(message))
        self.message = str(message)
        self.error_code = error_code if isinstance(error_code, str) else self.default_code

    @classmethod
    def invalid_parameter_value(cls, message: object, **_: Any) -> MlflowException:
        """An exception about a value that cannot be meant."""
        return cls(message, error_code="INVALID_PARAMETER_VALUE")

    def get_http_status_code(self) -> int:
        """What a web service would answer."""
        return _HTTP_STATUS.get(self.error_code, 500)

    def serialize_as_json(self) -> str:
        """Code and message as a JSON object."""
        import json

        return json.dumps({"error_code": self.error_code, "message": self.message})


class MlflowTracingException(MlflowException):
    """MLflow's name for what goes wrong in tracing; nothing here raises it."""


class MlflowTraceDataException(MlflowTracingException):
    """MLflow's name for a trace whose spans cannot be read; nothing here raises it, or what follows it."""

    def __init__(self, error_code: Any = None, request_id: str | None = None, artifact_path: str | None = None) -> None:
        super().__init__(f"the spans of trace {request_id or artifact_path} cannot be read", error_code)


class MlflowTraceDataNotFound(MlflowTraceDataException):
    """The spans of a trace are not there."""

    def __init__(self, request_id: str | None = None, artifact_path: str | None = None) -> None:
        super().__init__("NOT_FOUND", request_id, artifact_path)


class MlflowTraceDataCorrupted(MlflowTraceDataException):
    """The spans of a trace are damaged."""

    def __init__(self, request_id: str | None = None, artifact_path: str | None = None) -> None:
        super().__init__("INVALID_STATE", request_id, artifact_path)


class RestException(MlflowException):
    """MLflow's name for an answer of its server; nothing here raises it."""


class InvalidValueError(MlflowException, ValueError):
    """A value that cannot be meant."""

    default_code = "INVALID_PARAMETER_VALUE"


class InvalidTypeError(MlflowException, TypeError):
    """A value of a kind that cannot be meant."""

    default_code = "INVALID_PARAMETER_VALUE"


class NotFoundError(MlflowException, LookupError):
    """Something was asked for by an id that nothing has."""

    default_code = "RESOURCE_DOES_NOT_EXIST"


class MlflowNotImplementedException(MlflowException, NotImplementedError):
    """A call whose result only MLflow's server could give; the message says what to do instead."""

    default_code = "NOT_IMPLEMENTED"
