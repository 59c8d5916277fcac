"""What the README shows is run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tracetui.store.filter import parse

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRACETUI = Path(sys.executable).parent / "tracetui"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "TRACETUI_DB"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which the README's program has run."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    for number, block in enumerate(blocks("python")):
        (folder / f"block_{number}.py").write_text(block, encoding="utf-8")
        ran = run([sys.executable, f"block_{number}.py"], folder)
        assert ran.returncode == 0, ran.stderr
        if number == 0:
            assert ran.stdout == "TTFT is the time to the first token.\n"
    return folder


@pytest.mark.parametrize("line", [line for block in blocks("filter") for line in block.splitlines()])
def test_filter_of_the_readme_parses(line: str) -> None:
    """Every filter shown is one."""
    parse(line)


def shell_lines() -> list[str]:
    lines = [line.partition("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith(("tracetui ", "sqlite3 ")) and "uvicorn" not in line]


@pytest.mark.parametrize("line", shell_lines())
def test_command_of_the_readme_works(project: Path, line: str) -> None:
    """Every command shown does what it says, on the file that the README's program has written."""
    arguments = shlex.split(line.replace("4f2a61c0", newest_trace_id(project)[:12]))
    arguments = arguments[: arguments.index("|")] if "|" in arguments else arguments  # what is piped into is not ours
    if arguments[0] == "tracetui":
        arguments[0] = str(TRACETUI)
    elif shutil.which(arguments[0]) is None:
        pytest.skip(f"needs {arguments[0]}")
    ran = run(arguments, project)
    assert ran.returncode == 0, ran.stderr


def newest_trace_id(project: Path) -> str:
    """The id of the newest trace of the project."""
    ran = run([str(TRACETUI), "ls", "--json"], project)
    line = ran.stdout.splitlines()[0]
    trace_id = json.loads(line)["trace_id"]
    assert isinstance(trace_id, str)
    return trace_id


def test_pictures_of_the_readme_are_there() -> None:
    """Each is made by screenshots/take.py."""
    for name in re.findall(r"\(screenshots/([\w-]+\.svg)\)", README):
        assert (ROOT / "screenshots" / name).is_file(), name
