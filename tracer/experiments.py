"""Names of MLflow's that mean something with its server only: taken, ignored, and said once each."""

from __future__ import annotations

from typing import Any

from . import guard
from .config import config
from .entities.experiment import Experiment, Run, RunInfo


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None, **elsewhere: Any
) -> Experiment:
    """Accepted: there is one experiment here, the trace file."""
    _say("set_experiment")
    return Experiment(experiment_name or "Default", experiment_id or "0")


def create_experiment(name: str, *_: Any, **__: Any) -> str:
    """Accepted: the id of the one experiment there is."""
    _say("create_experiment")
    return "0"


def get_experiment_by_name(name: str) -> Experiment:
    """The one experiment there is, under that name."""
    return Experiment(name)


def get_experiment(experiment_id: str) -> Experiment:
    """The one experiment there is."""
    return Experiment(experiment_id=experiment_id)


def set_tracking_uri(uri: Any) -> None:
    """Accepted: traces go to the trace file."""
    _say("set_tracking_uri")


def set_registry_uri(uri: Any) -> None:
    """Accepted: there is no registry."""
    _say("set_registry_uri")


def get_tracking_uri() -> str:
    """The trace file, as a URI."""
    return f"sqlite:///{config.db_path()}"


def start_run(run_id: str | None = None, *_: Any, run_name: str | None = None, **__: Any) -> Run:
    """Accepted: a `with` block around it changes nothing."""
    _say("start_run")
    return Run(RunInfo(run_id or "0", run_name or ""))


def end_run(status: str = "FINISHED") -> None:
    """Accepted."""


def active_run() -> None:
    """None: there are no runs."""


def set_active_model(*_: Any, **__: Any) -> None:
    """Accepted: there are no logged models."""
    _say("set_active_model")


def log_param(key: str, value: Any, *_: Any, **__: Any) -> Any:
    """Accepted: there are no runs to have parameters."""
    _say("log_param")
    return value


def log_params(params: Any, *_: Any, **__: Any) -> None:
    """Accepted: there are no runs to have parameters."""
    _say("log_params")


def set_tag(key: str, value: Any, *_: Any, **__: Any) -> None:
    """Accepted: there are no runs to have tags; those of traces are `set_trace_tag`'s and `update_current_trace`'s."""
    _say("set_tag")


def _say(function: str) -> None:
    guard.warn(
        function, f"{function}() is MLflow's and does nothing here: traces go to the file of tracer.configure(db=...)"
    )
