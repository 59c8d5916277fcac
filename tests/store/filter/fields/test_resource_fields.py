"""Which prompt, which version, which commit: what a trace was made with, in filters."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="module")
def deployed(shared_trace_file: Any) -> Any:
    """Traces of two versions, with prompts in three dialects."""
    old = {"version": "1.2", "environment": "prod", "git.commit": "abc123"}
    shared_trace_file.trace({"attributes": {"gen_ai.prompt.name": "greet", "gen_ai.prompt.version": "3"}}, metadata=old)
    shared_trace_file.trace(
        {"attributes": {"traceloop.prompt.key": "greet", "traceloop.prompt.version": 4}},
        metadata={"version": "1.3", "environment": "staging", "git.branch": "main"},
    )
    shared_trace_file.trace(
        {"attributes": {"langfuse.observation.prompt.name": "plan", "langfuse.observation.prompt.version": 4}}
    )
    return shared_trace_file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prompt = greet", [1, 2]),
        ("prompt:gre*", [1, 2]),
        ("prompt = greet and prompt_version = 4", [2]),
        ("prompt_version = 4", [2, 3]),
        ("prompt_version in ('3', '4')", [1, 2, 3]),
        ("prompt != greet", [3]),
        ("prompt is null", []),
        ("metadata.version = '1.2'", [1]),
        ("resource.service.version = '1.3'", [2]),
        ("resource.deployment.environment.name = prod", [1]),
        ("metadata.mlflow.source.git.commit = abc123", [1]),
        ("resource.git.branch = main", [2]),
        ("metadata.environment is null", [3]),
    ],
)
def test_traces_are_found_by_what_they_were_made_with(deployed: Any, text: str, expected: list[int]) -> None:
    """By the words of every dialect, and by the names OpenTelemetry and MLflow give the facts of a deployment."""
    assert deployed.among(text) == expected
    assert deployed.matches(text) == expected[::-1]


@pytest.mark.parametrize(
    ("text", "of", "expected"),
    [
        ("has:prompt | by(prompt, prompt_version)", "spans", {("greet", "3"): 1, ("greet", "4"): 1, ("plan", "4"): 1}),
        ("| by(resource.service.version)", "traces", {("1.2",): 1, ("1.3",): 1, (None,): 1}),
        ("| by(metadata.environment, resource.git.branch)", "traces",
         {("prod", None): 1, ("staging", "main"): 1, (None, None): 1}),
        ("has:prompt | by(metadata.mlflow.source.git.commit)", "spans", {("abc123",): 1, (None,): 2}),
    ],
)  # fmt: skip
def test_traces_are_grouped_by_what_they_were_made_with(
    deployed: Any, text: str, of: str, expected: dict[tuple[str | None, ...], int]
) -> None:
    """Name and version of the prompt, version, commit and environment of the deployment."""
    found = deployed.groups(text)
    assert found.of_traces == (of == "traces")
    assert {group.key: group.traces for group in found.groups} == expected
