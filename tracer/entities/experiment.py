"""Stand-ins for MLflow's experiments, runs and models: there is one place here, and none of them changes anything."""

from __future__ import annotations

from collections.abc import Callable
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
    artifact_uri: str = ""

    @property
    def run_uuid(self) -> str:
        """The former name of `run_id`."""
        return self.run_id


@dataclass(frozen=True, slots=True)
class LoggedModel:
    """What stands for a version of an application; a `with` block around it changes nothing."""

    name: str = ""
    model_id: str = "0"
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> LoggedModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let an exception pass."""


@dataclass(frozen=True, slots=True)
class RunData:
    """What a run would have kept: nothing, here."""

    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """What `start_run` gives; a `with` block ends it."""

    info: RunInfo = field(default_factory=RunInfo)
    data: RunData = field(default_factory=RunData)
    _leave: Callable[[], object] = field(default=lambda: None, repr=False, compare=False)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Let an exception pass."""
        self._leave()
