"""Where and how this process records: `configure`, `enable`, `disable`, `flush`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..recording import process_recorder
from ..settings.settings import config

if TYPE_CHECKING:
    from datetime import timedelta

    from ..settings.tail_sampling import TailSampling
    from ..spans.span import Span


def configure(
    *,
    db: str | Path | None = None,
    service: str | None = None,
    enabled: bool | None = None,
    queue_size: int | None = None,
    sampling_ratio: float | None = None,
    tail_sampling: TailSampling | Mapping[str, Any] | None = None,
    span_processors: Sequence[Callable[[Span], Any]] | None = None,
    redact: bool | None = None,
    max_value_bytes: int | None = None,
    max_span_bytes: int | None = None,
    max_file_bytes: int | None = None,
    max_age: str | timedelta | None = None,
    extract_attachments: bool | None = None,
    version: str | None = None,
    environment: str | None = None,
    prices: str | Path | Mapping[str, Any] | None = None,
) -> None:
    """Set where and how this process records. Call it before the first span; a later call changes only its arguments.

    `db` is the trace file (default: `$TRACETUI_DB`, else `.tracetui/traces.db` of the project). `service` is the name
    of this process in the explorer (default: `$TRACETUI_SERVICE`, `$OTEL_SERVICE_NAME`, or the name of the program).
    `queue_size` is the number of spans that may wait for the writer; above it new spans are dropped and counted.

    Sampling: this process records the share `sampling_ratio` of the traces that begin in it, and of these keeps the
    ones that `tail_sampling` selects (see `TailSampling`; `TailSampling(share=1.0)` keeps all again).

    Before a span is written, these steps run in this order. Each of `span_processors` is called with the span,
    `f(span)`, and may change it. Base64 of images, audio and files is stored as attachments, unless
    `extract_attachments=False`. Secrets are redacted, unless `redact=False`. Values above `max_value_bytes`, and spans
    above `max_span_bytes`, are cut, with a note. When the file grows beyond `max_file_bytes`, the oldest traces are
    deleted (0, the default: no limit), and traces older than `max_age`, such as `"7d"`; those that are assessed stay
    four times as long.

    `version` and `environment` of the deployed program become metadata of each trace that begins in this process
    (default: `$TRACETUI_VERSION` and `$TRACETUI_ENVIRONMENT`). `prices` is the path or the content of a file of prices
    (default: `$TRACETUI_PRICES`), see `tracetui help prices`.

    Raises ValueError or TypeError for invalid arguments.
    """
    if queue_size is not None:
        if queue_size < 1:
            raise ValueError(f"configure(queue_size={queue_size}): use 1 or more spans")
        config.queue_size = queue_size
    config.update(
        sampling_ratio=sampling_ratio,
        tail_sampling=tail_sampling,
        span_processors=span_processors,
        redact=redact,
        max_value_bytes=max_value_bytes,
        max_span_bytes=max_span_bytes,
        max_file_bytes=max_file_bytes,
        max_age=max_age,
        extract_attachments=extract_attachments,
    )
    if service is not None:
        config.service = str(service)
    _configure_resource(version, environment, prices)
    if enabled is not None:
        config.enabled = bool(enabled)
    if db is not None:
        path = Path(db).expanduser().absolute()
        if path.is_dir():
            raise ValueError(
                f"configure(db={str(db)!r}): this is a directory; name a file in it, such as {path / 'traces.db'}"
            )
        if path != config.db:
            process_recorder.get().stop()  # spans recorded so far belong to the former file
            config.db = path


def _configure_resource(
    version: str | None, environment: str | None, prices: str | Path | Mapping[str, Any] | None
) -> None:
    wanted = (
        config.version if version is None else str(version),
        config.environment if environment is None else str(environment),
        config.prices if prices is None else _price_file(prices),
    )
    if wanted != (config.version, config.environment, config.prices):
        process_recorder.get().stop()  # spans recorded so far belong to the former deployment
        config.version, config.environment, config.prices = wanted


def _price_file(prices: str | Path | Mapping[str, Any]) -> Path | str:
    if isinstance(prices, Mapping):
        import json

        return json.dumps(prices)
    text = str(prices)
    return text if text.lstrip().startswith("{") else Path(text).expanduser().absolute()


def enable() -> None:
    """Begin to record again."""
    config.enabled = True


def disable() -> None:
    """Stop recording new spans. Open spans still reach the file when they end."""
    config.enabled = False


def flush(timeout_s: float = 10.0) -> bool:
    """Wait until the spans recorded before this call are in the file, or dropped by sampling.

    Returns False if `timeout_s` passes first, if spans were lost since the last flush, and while tail sampling has not
    decided about a trace. The call does not wait for the spans of an undecided trace: they are in memory, and a killed
    process loses them. The end of a trace decides about it, and the end of the process keeps all that are undecided.
    """
    return process_recorder.get().flush(timeout_s)


def flush_trace_async_logging(terminate: bool = False) -> None:
    """MLflow's name for `flush`. `terminate` also closes the trace file; the next span opens it again."""
    process_recorder.get().flush()
    if terminate:
        process_recorder.get().stop()
