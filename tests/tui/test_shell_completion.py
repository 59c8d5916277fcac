"""The shell completes commands, options, filters and ids."""

from __future__ import annotations

import pytest

from tests.support.builders import TraceFile
from tests.tui.conftest import Run


def complete(run: Run, monkeypatch: pytest.MonkeyPatch, line: str, words: int) -> list[str]:
    """Ask as bash does, in an environment variable and without arguments."""
    monkeypatch.setenv("_TRACETUI_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(words))
    ran = run()
    assert ran.err == ""
    return [one.partition(",")[2] for one in ran.out.splitlines()]


@pytest.mark.parametrize(
    ("line", "words", "expected"),
    [
        ("tracetui sho", 1, ["show"]),
        ("tracetui show la", 2, ["last", "last~1"]),
        ("tracetui show a2a2", 2, ["a2" * 16]),
        ("tracetui ls --js", 2, ["--json"]),
        ("tracetui ls 'model = gp", 2, ["model = gpt-4.1"]),
        ("tracetui ls model = gp", 4, ["gpt-4.1"]),
        ("tracetui why 'tag.route = re", 2, ["tag.route = research"]),
        ("tracetui why --of tt", 3, ["ttft"]),
        ("tracetui stats --by queu", 3, ["queue"]),
    ],
)
def test_a_line_is_completed(
    file: TraceFile, run: Run, monkeypatch: pytest.MonkeyPatch, line: str, words: int, expected: list[str]
) -> None:
    """With the fields, the values and the ids of the trace file."""
    file.trace("ask", tags='{"route": "research"}').span("chat", kind="LLM", model="gpt-4.1", attributes={"queue": 1})
    assert complete(run, monkeypatch, line, words)[: len(expected)] == expected


def test_without_a_file_the_language_is_completed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is printed about the file that is not there."""
    assert "duration" in complete(run, monkeypatch, "tracetui ls durat", 2)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(run: Run, shell: str) -> None:
    """Which says where it belongs."""
    ran = run("completion", shell)
    assert ran.code == 0
    assert ran.out.startswith("# Put this into ~/.")
    assert "_TRACETUI_COMPLETE" in ran.out
