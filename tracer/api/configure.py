"""Where and how this process records: `configure`, `enable`, `disable`, `flush`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..recording import process_recorder
from ..settings.settings import config
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
    extract_attachments: bool | None = None,
    version: str | None = None,
    environment: str | None = None,
    prices: str | Path | Mapping[str, Any] | None = None,
) -> None:
    """Set where and how this process records; call it before the first span. Later calls change what they name.

    `db` is the trace file (else `$TRACETUI_DB`, else `.tracetui/traces.db` of the project), `service` the name of
    this process in the explorer (else `$TRACETUI_SERVICE`, `$OTEL_SERVICE_NAME`, the program's name), `queue_size` how
    many spans may wait for the writer before new ones are dropped and counted.

    What is kept: `sampling_ratio` of the traces that begin here, of those what `tail_sampling` finds worth it (see
    `TailSampling`; `TailSampling(share=1.0)` keeps all again). Each span goes through the `span_processors` before it
    is first written, `f(span)` in this order; images, recordings and files in base64 go into the file as such, unless
    `extract_attachments=False`; then, unless `redact=False`, through the net for secrets; then values
    beyond `max_value_bytes`, and spans beyond `max_span_bytes`, are cut with a note. Of a file that holds more than
    `max_file_bytes` the oldest traces are deleted as new ones come (0, the default, is no limit).

    `version` and `environment` of what is deployed become metadata of every trace that begins here (else
    `$TRACETUI_VERSION` and `$TRACETUI_ENVIRONMENT`). `prices` is a file of your own prices, or what such a file holds
    (else `$TRACETUI_PRICES`); see `tracetui help prices`.

    Raises ValueError or TypeError for arguments that cannot be meant.
    """
    if queue_size is not None:
        if queue_size < 1:
            raise ValueError(f"configure(queue_size={queue_size}): the queue must hold at least one span")
        config.queue_size = queue_size
    config.update(
        sampling_ratio=sampling_ratio,
        tail_sampling=tail_sampling,
        span_processors=span_processors,
        redact=redact,
        max_value_bytes=max_value_bytes,
        max_span_bytes=max_span_bytes,
        max_file_bytes=max_file_bytes,
        extract_attachments=extract_attachments,
    )
    if service is not None:
        config.service = str(service)
    _describe_deployment(version, environment, prices)
    if enabled is not None:
        config.enabled = bool(enabled)
    if db is not None:
        path = Path(db).expanduser().absolute()
        if path.is_dir():
            raise ValueError(
                f"configure(db={str(db)!r}) is a directory; name a file in it, such as {path / 'traces.db'}"
            )
        if path != config.db:
            process_recorder.get().stop()  # what was recorded so far belongs to the former file
            config.db = path


def _describe_deployment(
    version: str | None, environment: str | None, prices: str | Path | Mapping[str, Any] | None
) -> None:
    wanted = (
        config.version if version is None else str(version),
        config.environment if environment is None else str(environment),
        config.prices if prices is None else _price_file(prices),
    )
    if wanted != (config.version, config.environment, config.prices):
        process_recorder.get().stop()  # what was recorded so far is of the former deployment
        config.version, config.environment, config.prices = wanted


def _price_file(prices: str | Path | Mapping[str, Any]) -> Path | str:
    if isinstance(prices, Mapping):
        return json.dumps(prices)
    text = str(prices)
    return text if text.lstrip().startswith("{") else Path(text).expanduser().absolute()


def enable() -> None:
    """Record from now on."""
    config.enabled = True


def disable() -> None:
    """Record nothing from now on; spans that are open still end in the file."""
    config.enabled = False


def flush(timeout_s: float = 10.0) -> bool:
    """Wait until all that was recorded before this call is durable: in the file, or left out by the sampling asked for.

    False if `timeout_s` did not suffice, if spans were lost since the last flush, and while tail sampling is undecided
    about a trace: its spans are in memory, are not waited for, and would be lost with a process that is killed. What
    has ended is decided; the end of the process keeps the rest.
    """
    return process_recorder.get().flush(timeout_s)


def flush_trace_async_logging(terminate: bool = False) -> None:
    """MLflow's name for `flush`. With `terminate` the trace file is closed too; the next span opens it again."""
    process_recorder.get().flush()
    if terminate:
        process_recorder.get().stop()
