"""Stand-ins for MLflow's experiments and runs: there is one of each here, the trace file."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Experiment:
    """What `set_experiment` gives: a name and the one id there is."""

    name: str = "Default"
    experiment_id: str = "0"
    artifact_location: str = ""
    lifecycle_stage: str = "active"
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The id and name of a run."""

    run_id: str = "0"
    run_name: str = ""
    experiment_id: str = "0"
    status: str = "RUNNING"


@dataclass(frozen=True, slots=True)
class Run:
    """What `start_run` gives; a `with` block around it changes nothing."""

    info: RunInfo = field(default_factory=RunInfo)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let an exception pass."""
