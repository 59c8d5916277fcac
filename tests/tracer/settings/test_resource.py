"""Version, environment, commit and prices of the traced program."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.recording import process_recorder
from tracetui.tracer.settings import resource
from tracetui.tracer.settings.settings import config

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "first")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_commit_is_read_without_running_git(repository: Path) -> None:
    """For loose, packed and detached heads, in worktrees, and from any folder inside."""
    head = git(repository, "rev-parse", "HEAD")
    (repository / "deep" / "er").mkdir(parents=True)
    assert resource.git_head(repository / "deep" / "er") == {"git.commit": head, "git.branch": "main"}
    git(repository, "pack-refs", "--all")
    assert resource.git_head(repository) == {"git.commit": head, "git.branch": "main"}
    git(repository, "worktree", "add", "-q", "tree", "-b", "fix/it")
    assert resource.git_head(repository / "tree") == {"git.commit": head, "git.branch": "fix/it"}
    git(repository, "checkout", "-q", "--detach")
    assert resource.git_head(repository) == {"git.commit": head}


@pytest.mark.parametrize("head", ["", "ref: refs/heads/none", "ref: ../../../etc/passwd", "no commit", "\0" * 50])
def test_a_damaged_repository_has_no_commit(tmp_path: Path, head: str) -> None:
    """For any content of HEAD."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text(head)
    assert resource.git_head(tmp_path) == {}


def test_configured_values_have_priority_over_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our variables have priority over OpenTelemetry's. An empty variable turns a value off."""
    attributes = "service.version=1,deployment.environment=prod%20eu,vcs.ref.head.revision=abc,broken"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", attributes)
    monkeypatch.delenv("TRACETUI_GIT_COMMIT")
    assert resource.detect_resource({}) == {"version": "1", "environment": "prod eu", "git.commit": "abc"}
    monkeypatch.setenv("TRACETUI_VERSION", "2")
    monkeypatch.setenv("TRACETUI_GIT_COMMIT", "")
    assert resource.detect_resource({"environment": "here"}) == {"version": "2", "environment": "here"}


@pytest.fixture
def former_settings() -> object:
    before = config.version, config.environment, config.prices
    yield before
    process_recorder.get().stop()
    config.version, config.environment, config.prices = before


@pytest.mark.usefixtures("former_settings")
def test_the_resource_is_metadata_of_the_trace(recorded: Recorded) -> None:
    """Metadata of the trace have priority."""
    tracer.configure(version="1.2.3", environment="staging")
    with tracer.start_span("plain"):
        pass
    with tracer.start_span("own"):
        tracer.update_current_trace(metadata={"environment": "mine"})
    told = [json.loads(row["metadata"]) for row in recorded.rows("SELECT metadata FROM traces ORDER BY name DESC")]
    assert told == [{"version": "1.2.3", "environment": "staging"}, {"version": "1.2.3", "environment": "mine"}]

    def found(filter_string: str) -> list[str]:
        return [
            trace.data.spans[0].name for trace in tracer.search_traces(filter_string=filter_string, return_type="list")
        ]

    assert found("metadata.environment = staging") == ["plain"]
    assert found("metadata.environment = mine and metadata.version = '1.2.3'") == ["own"]
    assert found("metadata.environment is null") == []
    own = tracer.search_traces(filter_string="name = own", return_type="list")[0]
    assert own.info.trace_metadata["environment"] == "mine"


@pytest.mark.usefixtures("former_settings")
def test_own_prices_by_configure(recorded: Recorded) -> None:
    """A mapping in the form of the price file is accepted."""
    tracer.configure(prices={"models": {"house-model": {"input": 2_000_000}}})
    with tracer.start_span("call", attributes={"gen_ai.request.model": "house-model", "gen_ai.usage.input_tokens": 3}):
        pass
    assert recorded.rows("SELECT cost_usd FROM spans") == [{"cost_usd": 6.0}]


@pytest.mark.usefixtures("former_settings")
def test_bad_prices_never_reach_the_host(recorded: Recorded, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One warning names the file, and the built-in prices are used."""
    caplog.set_level(logging.WARNING, "tracetui")
    tracer.configure(prices=tmp_path / "none.json")
    for _ in range(2):
        with tracer.start_span("call", attributes={"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 3}):
            pass
    assert all(row["cost_usd"] > 0 for row in recorded.rows("SELECT cost_usd FROM spans"))
    assert [str(tmp_path / "none.json") in record.message for record in caplog.records] == [True]
