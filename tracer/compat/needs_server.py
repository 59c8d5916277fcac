"""Names of MLflow's that mean something with its server only: taken, ignored, and said once each.

What would have to give something back that only the server has says so, and what to do instead.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NoReturn

from .. import guard
from ..entities.experiment import Experiment, LoggedModel, Run, RunInfo
from ..exceptions import MlflowNotImplementedException
from ..settings.settings import config
from ..spans import context_labels

_runs: ContextVar[tuple[Run, ...]] = ContextVar("tracetui_runs", default=())
"""The runs that the code is in, the innermost last."""

_last_run: list[Run] = []

SOURCE_RUN = "mlflow.sourceRun"
"""The metadata of a trace that says which run it began in; `run_id` in filters."""


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None, **mlflow_arguments: Any
) -> Experiment:
    """Accepted, and chooses nothing: there is one experiment here, the trace file."""
    guard.warn(
        "set_experiment",
        "set_experiment() chooses nothing here: there is one experiment, the trace file of tracer.configure(db=...)",
    )
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


def search_experiments(*_: Any, **__: Any) -> list[Experiment]:
    """The one experiment there is."""
    return [Experiment()]


def get_tracking_uri() -> str:
    """The trace file, as a URI."""
    return f"sqlite:///{config.db_path()}"


def get_registry_uri() -> str:
    """The trace file, as a URI."""
    return get_tracking_uri()


def is_tracking_uri_set() -> bool:
    """Whether the trace file was named by the program."""
    return config.db is not None


def start_run(run_id: str | None = None, *_: Any, run_name: str | None = None, **__: Any) -> Run:
    """Traces that begin in it are found by `search_traces(run_id=...)`, and have its id as metadata; no more of it is
    kept."""
    guard.warn("start_run", "start_run() keeps no run here: only its id, with the traces that begin in it")
    run = Run(RunInfo(run_id or uuid.uuid4().hex, run_name or ""), _leave=end_run)
    _enter((*_runs.get(), run))
    _last_run[:] = [run]
    return run


def end_run(status: str = "FINISHED") -> None:
    """The innermost run is over."""
    _enter(_runs.get()[:-1])


def _enter(runs: tuple[Run, ...]) -> None:
    _runs.set(runs)
    labels = context_labels.current_labels.get()
    metadata = {key: text for key, text in labels.metadata.items() if key != SOURCE_RUN}
    if runs:
        metadata[SOURCE_RUN] = runs[-1].info.run_id
    context_labels.current_labels.set(labels._replace(metadata=metadata))


def active_run() -> Run | None:
    """What `start_run` gave, until it ends; None outside of it."""
    runs = _runs.get()
    return runs[-1] if runs else None


def last_active_run() -> Run | None:
    """What `start_run` gave last, or None."""
    return active_run() or next(iter(_last_run), None)


def log_param(key: str, value: Any, *_: Any, **__: Any) -> Any:
    """Accepted: there are no runs to have parameters."""
    _say("log_param")
    return value


def set_tag(key: str, value: Any, *_: Any, **__: Any) -> None:
    """Accepted: there are no runs to have tags; those of traces are `set_trace_tag`'s and `update_current_trace`'s."""
    _say("set_tag")


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> LoggedModel:
    """Accepted: say the version of the program by `configure(version=...)`, which every trace then carries."""
    _say("set_active_model")
    return LoggedModel(name or "", model_id or "0")


def create_external_model(name: str | None = None, *_: Any, **__: Any) -> LoggedModel:
    """Accepted: there are no models."""
    _say("create_external_model")
    return LoggedModel(name or "")


def initialize_logged_model(name: str | None = None, *_: Any, **__: Any) -> LoggedModel:
    """Accepted: there are no models."""
    _say("initialize_logged_model")
    return LoggedModel(name or "")


def finalize_logged_model(model_id: str, *_: Any, **__: Any) -> LoggedModel:
    """Accepted: there are no models."""
    return LoggedModel(model_id=model_id)


ACCEPTED = (
    "clear_active_model",
    "delete_experiment",
    "delete_run",
    "delete_tag",
    "disable_git_model_versioning",
    "disable_system_metrics_logging",
    "enable_git_model_versioning",
    "enable_system_metrics_logging",
    "get_active_model_id",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_model_params",
    "log_outputs",
    "log_params",
    "log_table",
    "log_text",
    "login",
    "set_experiment_tag",
    "set_experiment_tags",
    "set_registry_uri",
    "set_system_metrics_node_id",
    "set_system_metrics_samples_before_logging",
    "set_system_metrics_sampling_interval",
    "set_tags",
    "set_tracking_uri",
)
"""Taken with any arguments, and nothing given back."""

_RUNS = "runs, models and artifacts are an MLflow server's; tracetui keeps traces: see search_traces() and get_trace()"
_PROMPTS = (
    "prompts are kept by an MLflow server; format your own text, and link it to the span that uses it by"
    ' span.set_attribute("mlflow.linkedPrompts", [{"name": "greet", "version": "3"}]): prompt = "greet/3" finds it'
)
_JUDGES = "judges run with MLflow; say what yours found by log_feedback(trace_id=..., name=..., value=...)"

REFUSED = {
    **dict.fromkeys(
        ("get_artifact_uri", "get_logged_model", "get_parent_run", "get_run", "last_logged_model", "load_table", "run"),
        _RUNS,
    ),
    **dict.fromkeys(("search_logged_models", "search_runs"), _RUNS),
    **dict.fromkeys(
        (
            "delete_prompt_alias",
            "delete_prompt_tag",
            "get_prompt_tags",
            "load_prompt",
            "register_prompt",
            "search_prompts",
            "set_prompt_alias",
            "set_prompt_tag",
        ),
        _PROMPTS,
    ),
    **dict.fromkeys(("create_dataset", "evaluate", "get_dataset", "make_judge", "scorer", "to_predict_fn"), _JUDGES),
}
"""Whose result only the server has: name -> why not, and what to do instead."""


def accepted(name: str) -> Callable[..., None]:
    """A function that takes anything and says once that it does nothing."""

    def take(*_: Any, **__: Any) -> None:
        _say(name)

    return _named(take, name, f"`{name}` of MLflow's: accepted, and does nothing here.")


def refused(name: str) -> Callable[..., Any]:
    """A function that raises: NotImplementedError, which is an MlflowException too."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise MlflowNotImplementedException(f"{name}(): {REFUSED[name]}")

    return _named(refuse, name, f"`{name}` of MLflow's: says what to do instead.")


def _named(function: Callable[..., Any], name: str, doc: str) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def __getattr__(name: str) -> Any:
    if name in ACCEPTED:
        found = globals()[name] = accepted(name)
        return found
    if name in REFUSED:
        found = globals()[name] = refused(name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _say(function: str) -> None:
    guard.warn(
        function, f"{function}() is MLflow's and does nothing here: traces go to the file of tracer.configure(db=...)"
    )
