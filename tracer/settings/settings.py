"""Settings of the tracer, from arguments of `configure` and `TRACETUI_*` environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from .tail_sampling import TailSampling


MIN_FILE_BYTES = 1_000_000
"""Smallest limit of the file size: some hundred traces of a chat, so that recent traces can still be shown."""

_MLFLOW = "mlflow.tracing.provider"
"""The module with which MLflow itself traces."""


class Settings:
    """The settings of a process: an argument of `configure`, or else an environment variable, or else a default."""

    __slots__ = (
        "db",
        "enabled",
        "environment",
        "extract_attachments",
        "is_disabled_for_good",
        "is_sampling_ratio_of_mlflow",
        "max_age_s",
        "max_file_bytes",
        "max_span_bytes",
        "max_value_bytes",
        "max_waiting_bytes",
        "prices",
        "queue_size",
        "redact",
        "sampling_ratio",
        "service",
        "span_processors",
        "tail_sampling",
        "version",
    )

    def __init__(self) -> None:
        self.is_disabled_for_good = environment.boolean("TRACETUI_DISABLED", default=False)
        """Whether `TRACETUI_DISABLED` is set: `trace` then returns functions unchanged, also after `enable()`."""
        self.enabled = not self.is_disabled_for_good
        """Whether spans are recorded."""
        self.db: Path | None = None
        """The trace file. None means `paths.default_path()` at the first span."""
        self.service = os.environ.get("TRACETUI_SERVICE") or _otel_service() or _program_name()
        """The name of this process in the explorer."""
        self.version: str | None = None
        """The deployed version. None means that `resource` looks it up."""
        self.environment: str | None = None
        """The deployment environment, such as production or staging. None means that `resource` looks it up."""
        self.prices: Path | str | None = os.environ.get("TRACETUI_PRICES") or None
        """The user's own price file, or its text; see `store.prices.price_table`."""
        self.queue_size = environment.positive_integer("TRACETUI_QUEUE_SIZE", 131_072)
        """Maximum number of spans that wait for the writer thread. Beyond it, new spans are dropped and counted."""
        self.sampling_ratio = environment.ratio(
            "TRACETUI_SAMPLING_RATIO", environment.ratio("MLFLOW_TRACE_SAMPLING_RATIO", 1.0)
        )
        """The share of traces to record, from 0 to 1, of those that begin in this process."""
        self.is_sampling_ratio_of_mlflow = not os.environ.get("TRACETUI_SAMPLING_RATIO", "").strip()
        """Whether `sampling_ratio` comes from MLflow's variable, or is the default."""
        self.tail_sampling: TailSampling | None = None
        """Which recorded traces to keep, decided when a trace ends. None keeps all."""
        self.redact = environment.boolean("TRACETUI_REDACT", default=True)
        """Whether to redact secrets by the default rules; see `redaction`."""
        self.span_processors: tuple[Callable[[Any], Any], ...] = ()
        """Functions that receive each span before it is written, and may change it."""
        self.extract_attachments = environment.boolean("TRACETUI_EXTRACT_ATTACHMENTS", default=True)
        """Whether to store base64 images, recordings and files as attachments instead of inside values."""
        self.max_value_bytes = environment.positive_integer("TRACETUI_MAX_VALUE_BYTES", 32 << 20)
        """Maximum JSON bytes of one input, output, attribute, tag, id or name. Larger ones are truncated."""
        self.max_span_bytes = environment.positive_integer("TRACETUI_MAX_SPAN_BYTES", 64 << 20)
        """Maximum JSON bytes of all values of one span."""
        self.max_waiting_bytes = environment.positive_integer("TRACETUI_MAX_WAITING_BYTES", 512 << 20)
        """Approximate payload bytes to keep in memory while the file is not writable."""
        self.max_file_bytes = environment.byte_size("TRACETUI_MAX_FILE_BYTES") or 0
        """Maximum bytes of the trace file. Beyond it the oldest traces are deleted. 0 means no limit."""
        self.max_age_s = environment.age_s("TRACETUI_MAX_AGE") or 0.0
        """Maximum age of traces in seconds. Older ones are deleted, assessed ones later. 0 means no limit."""

    def update(
        self,
        *,
        sampling_ratio: float | None,
        tail_sampling: TailSampling | Mapping[str, Any] | None,
        span_processors: Sequence[Callable[[Any], Any]] | None,
        redact: bool | None,
        max_value_bytes: int | None,
        max_span_bytes: int | None,
        max_file_bytes: int | None,
        max_age: str | timedelta | None,
        extract_attachments: bool | None,
    ) -> None:
        """Set the arguments that are not None. Raises ValueError or TypeError for an invalid value."""
        if sampling_ratio is not None:
            if not 0.0 <= sampling_ratio <= 1.0:
                raise ValueError(f"configure(sampling_ratio={sampling_ratio}): the ratio must be from 0 to 1")
            self.sampling_ratio, self.is_sampling_ratio_of_mlflow = float(sampling_ratio), False
        if tail_sampling is not None:
            from .tail_sampling import TailSampling

            settings = TailSampling(**tail_sampling) if isinstance(tail_sampling, Mapping) else tail_sampling
            self.tail_sampling = None if settings.validated() == TailSampling(share=1.0) else settings
        if span_processors is not None:
            for processor in span_processors:
                if not callable(processor):
                    raise TypeError(f"configure(span_processors=...) accepts functions of one span, not {processor!r}")
            self.span_processors = tuple(span_processors)
        if redact is not None:
            self.redact = bool(redact)
        if extract_attachments is not None:
            self.extract_attachments = bool(extract_attachments)
        for name, size in (("max_value_bytes", max_value_bytes), ("max_span_bytes", max_span_bytes)):
            if size is not None:
                if size < 1:
                    raise ValueError(f"configure({name}={size}): the limit must be at least one byte")
                setattr(self, name, size)
        if max_file_bytes is not None:
            if 0 != max_file_bytes < MIN_FILE_BYTES:
                raise ValueError(
                    f"configure(max_file_bytes={max_file_bytes}): the limit must be at least {MIN_FILE_BYTES:,}"
                    " bytes; 0 means no limit"
                )
            self.max_file_bytes = max_file_bytes
        if max_age is not None:
            self.max_age_s = _age_s(max_age)

    def effective_sampling_ratio(self) -> float:
        """Return `sampling_ratio`; 1 if it is MLflow's, and MLflow itself traces in this process and applies it."""
        return 1.0 if self.is_sampling_ratio_of_mlflow and _MLFLOW in sys.modules else self.sampling_ratio

    def db_path(self) -> Path:
        """Return the current path of the trace file."""
        if self.db is not None:
            return self.db
        from ...store.file import paths

        return paths.default_path()


def _age_s(max_age: str | timedelta) -> float:
    if not isinstance(max_age, str):
        if (age_s := max_age.total_seconds()) < 0:
            raise ValueError(f"configure(max_age={max_age!r}): an age is not negative; timedelta(0) means no limit")
        return age_s
    from ...store.text.age import parse_age_s

    if (parsed := parse_age_s(max_age)) is None:
        raise ValueError(f"configure(max_age={max_age!r}): write an age such as 7d, 12h or 30m; timedelta(0): no limit")
    return parsed


def _otel_service() -> str:
    """Return the service name of OpenTelemetry's variables; an empty text if they have none."""
    if not (os.environ.get("OTEL_SERVICE_NAME") or os.environ.get("OTEL_RESOURCE_ATTRIBUTES")):
        return ""
    from .resource import resource_attributes

    return resource_attributes().get("service.name", "")


def _program_name() -> str:
    argument: object = sys.argv[0] if getattr(sys, "argv", None) else ""
    if not isinstance(argument, str):  # a program may put anything there
        return "python"
    path = Path(argument)
    if path.name == "__main__.py":  # python -m package
        return path.parent.name
    if argument == "-m" and argument in sys.orig_argv[:-1]:  # the module is not found yet, so early in the start
        return sys.orig_argv[sys.orig_argv.index("-m") + 1].removesuffix(".__main__")
    return path.stem if argument not in ("", "-c", "-m") else "python"


config = Settings()
"""The settings of this process."""
