"""Stand-ins for MLflow's experiments, runs and models. They carry names and ids, and change nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True, slots=True)
class Experiment:
    """The result of `set_experiment`: a name and an id."""

    name: str = "Default"
    experiment_id: str = "0"
    artifact_location: str = ""
    lifecycle_stage: str = "active"
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The id and the name of a run."""

    run_id: str = "0"
    run_name: str = ""
    experiment_id: str = "0"
    status: str = "RUNNING"
    artifact_uri: str = ""

    @property
    def run_uuid(self) -> str:
        """The former name of `run_id`."""
        return self.run_id


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """A version of an application. A `with` block of it changes nothing."""

    name: str = ""
    model_id: str = "0"
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> LoggedModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Do nothing: an exception is raised again."""


@dataclass(frozen=True, slots=True)
class RunData:
    """The metrics, parameters and tags of a run, which are always empty."""

    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """The result of `start_run`. A `with` block of it ends the run."""

    info: RunInfo = field(default_factory=RunInfo)
    data: RunData = field(default_factory=RunData)
    _end: Callable[[], object] = field(default=lambda: None, repr=False, compare=False)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the run. An exception is raised again."""
        self._end()
