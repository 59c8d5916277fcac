"""Settings of the tracer, from arguments and `TRACETUI_*` variables."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...store.file import paths
from . import environment as variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from .tail_sampling import TailSampling


SMALLEST_FILE_BYTES = 1_000_000
"""Some hundred traces of a chat: what is shown has just been recorded."""


_MLFLOW = "mlflow.tracing.provider"
"""The module by which MLflow itself traces."""


class Settings:
    """What `configure` set; a variable counts where no argument was given."""

    __slots__ = (
        "db",
        "enabled",
        "environment",
        "extract_attachments",
        "leaves_functions_alone",
        "max_file_bytes",
        "max_span_bytes",
        "max_value_bytes",
        "max_waiting_bytes",
        "prices",
        "queue_size",
        "redact",
        "sampling_ratio",
        "sampling_ratio_is_mlflows",
        "service",
        "span_processors",
        "tail_sampling",
        "version",
    )

    def __init__(self) -> None:
        self.leaves_functions_alone = variables.switch("TRACETUI_DISABLED", default=False)
        """Whether `trace` gives functions back as they are: the variable is for good, unlike `disable()`."""
        self.enabled = not self.leaves_functions_alone
        """Whether spans are recorded."""
        self.db: Path | None = None
        """The trace file; None means `paths.default_path()` at the first span."""
        self.service = os.environ.get("TRACETUI_SERVICE") or _otel_service() or _program_name()
        """The name of this process in the explorer."""
        self.version: str | None = None
        """Of what is deployed; None means what `deployment` finds, as for the environment."""
        self.environment: str | None = None
        """Where it is deployed: production, staging, ..."""
        self.prices: Path | str | None = os.environ.get("TRACETUI_PRICES") or None
        """The user's own price file, or its text; see `store.price_table`."""
        self.queue_size = variables.whole_number("TRACETUI_QUEUE_SIZE", 131_072)
        """Spans that may wait for the writer; beyond, new ones are dropped and counted."""
        self.sampling_ratio = variables.share(
            "TRACETUI_SAMPLING_RATIO", variables.share("MLFLOW_TRACE_SAMPLING_RATIO", 1.0)
        )
        """Of the traces that begin here, the share that is recorded, from 0 to 1."""
        self.sampling_ratio_is_mlflows = not os.environ.get("TRACETUI_SAMPLING_RATIO", "").strip()
        """Whether it is that of MLflow's variable, if any."""
        self.tail_sampling: TailSampling | None = None
        """What is kept of the traces that are recorded, decided when their end is known; None keeps all."""
        self.redact = variables.switch("TRACETUI_REDACT", default=True)
        """Whether the default net for secrets is on, see `redaction`."""
        self.span_processors: tuple[Callable[[Any], Any], ...] = ()
        """What sees and may change each span before it is written."""
        self.extract_attachments = variables.switch("TRACETUI_EXTRACT_ATTACHMENTS", default=True)
        """Whether images, recordings and files in base64 are taken out of values, see `extraction`."""
        self.max_value_bytes = variables.whole_number("TRACETUI_MAX_VALUE_BYTES", 32 << 20)
        """Of one input, output, attribute, tag, id or name as JSON; beyond, it is cut with a note."""
        self.max_span_bytes = variables.whole_number("TRACETUI_MAX_SPAN_BYTES", 64 << 20)
        """Of all that one span carries."""
        self.max_waiting_bytes = variables.whole_number("TRACETUI_MAX_WAITING_BYTES", 512 << 20)
        """Of payloads, about, that may wait while the file cannot be written."""
        self.max_file_bytes = variables.size("TRACETUI_MAX_FILE_BYTES") or 0
        """Of all that the trace file holds: beyond, the oldest traces go. 0 is no limit."""

    def keep(
        self,
        *,
        sampling_ratio: float | None,
        tail_sampling: TailSampling | Mapping[str, Any] | None,
        span_processors: Sequence[Callable[[Any], Any]] | None,
        redact: bool | None,
        max_value_bytes: int | None,
        max_span_bytes: int | None,
        max_file_bytes: int | None,
        extract_attachments: bool | None,
    ) -> None:
        """Set what is kept; None changes nothing. Raises ValueError or TypeError for what cannot be meant."""
        if sampling_ratio is not None:
            if not 0.0 <= sampling_ratio <= 1.0:
                raise ValueError(f"configure(sampling_ratio={sampling_ratio}) is a share from 0 to 1")
            self.sampling_ratio, self.sampling_ratio_is_mlflows = float(sampling_ratio), False
        if tail_sampling is not None:
            from .tail_sampling import TailSampling

            settings = TailSampling(**tail_sampling) if isinstance(tail_sampling, Mapping) else tail_sampling
            self.tail_sampling = None if settings.checked() == TailSampling(share=1.0) else settings
        if span_processors is not None:
            for processor in span_processors:
                if not callable(processor):
                    raise TypeError(f"configure(span_processors=...) takes functions of one span, not {processor!r}")
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
            if 0 != max_file_bytes < SMALLEST_FILE_BYTES:
                raise ValueError(
                    f"configure(max_file_bytes={max_file_bytes}): a trace file takes at least {SMALLEST_FILE_BYTES:,}"
                    " bytes; 0 is no limit"
                )
            self.max_file_bytes = max_file_bytes

    def share_that_is_sampled(self) -> float:
        """`sampling_ratio`; but MLflow's variable is for MLflow alone where MLflow itself traces in this process."""
        return 1.0 if self.sampling_ratio_is_mlflows and _MLFLOW in sys.modules else self.sampling_ratio

    def db_path(self) -> Path:
        """Where the trace file is, now."""
        return self.db or paths.default_path()


def _otel_service() -> str:
    """The name that the environment gives the process for OpenTelemetry; empty where it gives none."""
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
    if argument == "-m" and argument in sys.orig_argv[:-1]:  # so early in the start that it is not yet found
        return sys.orig_argv[sys.orig_argv.index("-m") + 1].removesuffix(".__main__")
    return path.stem if argument not in ("", "-c", "-m") else "python"


config = Settings()
"""The settings of this process."""
