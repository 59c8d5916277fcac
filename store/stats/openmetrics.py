"""Statistics as OpenMetrics text, which Prometheus and Grafana read: a histogram of each field.

https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md. The bounds of the buckets are those of
OpenTelemetry's GenAI metrics, for durations `gen_ai.client.operation.duration`, for tokens `gen_ai.client.token.usage`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .collecting import Collected, FieldValues

_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKENS = tuple(4**power for power in range(14))
_DOLLARS = tuple(10.0**power for power in range(-6, 3))

_NO_LABEL = re.compile(r"[^a-zA-Z0-9_]")
_UNITS = {"ns": ("seconds", 1e-9, _SECONDS), "ms": ("seconds", 1e-3, _SECONDS), "usd": ("usd", 1.0, _DOLLARS)}


def openmetrics(found: Collected) -> Iterator[str]:
    """Yield the lines of the exposition, the last one `# EOF`."""
    of = "trace" if found.of_traces else "span"
    labels = [
        "".join(
            f'{"," if number else ""}{_NO_LABEL.sub("_", field)}="{_escaped(value)}"'
            for number, (field, value) in enumerate(zip(found.by, one.group.key, strict=True))
        )
        for one in found.groups
    ]
    yield f"# TYPE tracetui_{of}s gauge"
    yield f"# HELP tracetui_{of}s Matching {of}s in the trace file."
    for label, one in zip(labels, found.groups, strict=True):
        yield f"tracetui_{of}s{_braces(label)} {one.group.traces if found.of_traces else one.group.spans}"
    yield f"# TYPE tracetui_{of}_errors gauge"
    yield f"# HELP tracetui_{of}_errors Failed {of}s."
    for label, one in zip(labels, found.groups, strict=True):
        yield f"tracetui_{of}_errors{_braces(label)} {one.group.errors}"
    fields = [field.title for field in found.groups[0].fields] if found.groups else []
    for place, title in enumerate(fields):
        yield from _metric(found, labels, place, f"tracetui_{of}_{_NO_LABEL.sub('_', title)}")
    yield "# EOF"


def _metric(found: Collected, labels: list[str], place: int, name: str) -> Iterator[str]:
    unit, factor, bounds = _UNITS.get(found.groups[0].fields[place].unit, ("", 1.0, _TOKENS))
    name = f"{name}_{unit}" if unit else name
    yield f"# TYPE {name} histogram"
    if unit:
        yield f"# UNIT {name} {unit}"
    for label, one in zip(labels, found.groups, strict=True):
        yield from _histogram(name, label, one.fields[place], factor, bounds)


def _histogram(name: str, label: str, field: FieldValues, factor: float, bounds: tuple[float, ...]) -> Iterator[str]:
    before = f"{label}," if label else ""
    for bound in bounds:
        yield f'{name}_bucket{{{before}le="{float(bound)!r}"}} {field.values.count_up_to(bound / factor)}'
    yield f'{name}_bucket{{{before}le="+Inf"}} {len(field.values)}'
    yield f"{name}_count{_braces(label)} {len(field.values)}"
    yield f"{name}_sum{_braces(label)} {(field.values.total() or 0.0) * factor!r}"


def _braces(label: str) -> str:
    return f"{{{label}}}" if label else ""


def _escaped(value: object) -> str:
    text = "" if value is None else str(value)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
