"""MLflow functions that need its server. They accept their arguments, do nothing, and warn once.

A function whose result only the server has raises an exception, and its message says what to do instead.
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
from ..tracing.constant import TraceMetadataKey

_runs: ContextVar[tuple[Run, ...]] = ContextVar("tracetui_runs", default=())
"""The runs that are active here, the innermost last."""

_last_run: list[Run] = []
"""The run that began last in this process, if any."""


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None, **mlflow_arguments: Any
) -> Experiment:
    """Do nothing, with a warning: all traces go to the trace file."""
    guard.warn(
        "set_experiment",
        "set_experiment() is ignored: all traces go to one file; choose the file by tracer.configure(db=...)",
    )
    return Experiment(experiment_name or "Default", experiment_id or "0")


def create_experiment(name: str, *_: Any, **__: Any) -> str:
    """Do nothing, with a warning. Returns the id of the only experiment, "0"."""
    _warn("create_experiment")
    return "0"


def get_experiment_by_name(name: str) -> Experiment:
    """The only experiment, under that name."""
    return Experiment(name)


def get_experiment(experiment_id: str) -> Experiment:
    """The only experiment."""
    return Experiment(experiment_id=experiment_id)


def search_experiments(*_: Any, **__: Any) -> list[Experiment]:
    """The only experiment."""
    return [Experiment()]


def get_tracking_uri() -> str:
    """The trace file, as a URI."""
    return f"sqlite:///{config.db_path()}"


def get_registry_uri() -> str:
    """The trace file, as a URI."""
    return get_tracking_uri()


def is_tracking_uri_set() -> bool:
    """Whether the program has named the trace file."""
    return config.db is not None


def start_run(run_id: str | None = None, *_: Any, run_name: str | None = None, **__: Any) -> Run:
    """Begin a run: `search_traces(run_id=...)` finds the traces that begin in it. Keeps nothing else of the run."""
    guard.warn("start_run", "start_run() keeps only the id of the run, as metadata of the traces that begin in it")
    run = Run(RunInfo(run_id or uuid.uuid4().hex, run_name or ""), _end=end_run)
    _set_runs((*_runs.get(), run))
    _last_run[:] = [run]
    return run


def end_run(status: str = "FINISHED") -> None:
    """End the innermost run."""
    _set_runs(_runs.get()[:-1])


def _set_runs(runs: tuple[Run, ...]) -> None:
    _runs.set(runs)
    labels = context_labels.current_labels.get()
    metadata = {key: text for key, text in labels.metadata.items() if key != TraceMetadataKey.SOURCE_RUN}
    if runs:
        metadata[TraceMetadataKey.SOURCE_RUN] = runs[-1].info.run_id
    context_labels.current_labels.set(labels._replace(metadata=metadata))


def active_run() -> Run | None:
    """The innermost run that has not ended, or None."""
    runs = _runs.get()
    return runs[-1] if runs else None


def last_active_run() -> Run | None:
    """The innermost run that has not ended, or else the run that began last; None before any."""
    return active_run() or next(iter(_last_run), None)


def log_param(key: str, value: Any, *_: Any, **__: Any) -> Any:
    """Do nothing, with a warning: runs have no parameters here. Returns the value."""
    _warn("log_param")
    return value


def set_tag(key: str, value: Any, *_: Any, **__: Any) -> None:
    """Do nothing, with a warning: runs have no tags here. `set_trace_tag` sets a tag of a trace."""
    _warn("set_tag")


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> LoggedModel:
    """Do nothing, with a warning. `configure(version=...)` sets the version of the program in each trace."""
    _warn("set_active_model")
    return LoggedModel(name or "", model_id or "0")


def create_external_model(name: str | None = None, *_: Any, **__: Any) -> LoggedModel:
    """Do nothing, with a warning. Returns a model with this name."""
    _warn("create_external_model")
    return LoggedModel(name or "")


def initialize_logged_model(name: str | None = None, *_: Any, **__: Any) -> LoggedModel:
    """Do nothing, with a warning. Returns a model with this name."""
    _warn("initialize_logged_model")
    return LoggedModel(name or "")


def finalize_logged_model(model_id: str, *_: Any, **__: Any) -> LoggedModel:
    """Do nothing. Returns a model with this id."""
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
"""Functions that accept any arguments, warn once and return None."""

_RUNS = "runs, models and artifacts need an MLflow server; tracetui has traces only: use search_traces() or get_trace()"
_PROMPTS = (
    "prompts need an MLflow server; keep the text in your program, and link it to the span that uses it by"
    ' span.set_attribute("mlflow.linkedPrompts", [{"name": "greet", "version": "3"}]): the filter prompt = "greet/3"'
    " finds the span"
)
_JUDGES = "judges need MLflow; record the result of your own judge by log_feedback(trace_id=..., name=..., value=...)"

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
    **dict.fromkeys(("create_dataset", "evaluate", "get_dataset", "make_judge", "to_predict_fn"), _JUDGES),
}
"""Functions whose result only the server has: name -> the reason, and what to do instead."""


def accepted(name: str) -> Callable[..., None]:
    """A function that accepts any arguments, does nothing and warns once."""

    def do_nothing(*_: Any, **__: Any) -> None:
        _warn(name)

    return _named(do_nothing, name, f"MLflow's `{name}`: does nothing, with a warning.")


def refused(name: str) -> Callable[..., Any]:
    """A function that raises NotImplementedError, which is an MlflowException too."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise MlflowNotImplementedException(f"{name}(): {REFUSED[name]}")

    return _named(
        refuse, name, f"MLflow's `{name}`: raises NotImplementedError, whose message says what to do instead."
    )


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


def _warn(function: str) -> None:
    guard.warn(
        function,
        f"{function}() needs an MLflow server and does nothing here; traces go to the file of tracer.configure(db=...)",
    )
