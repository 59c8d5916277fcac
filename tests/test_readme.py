"""What the README and the pages of docs/ show is run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tracetui.store.filter import parse
from tracetui.tui.actions import ACTIONS, Action, key_names

ROOT = Path(__file__).parent.parent
PAGES = {
    path.relative_to(ROOT): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")))
}
GUIDES = PAGES | {
    Path(name): (ROOT / name).read_text(encoding="utf-8") for name in ("ARCHITECTURE.md", "CONTRIBUTING.md")
}
"""The pages, and those for people who change the source."""
TRACETUI = Path(sys.executable).parent / "tracetui"


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language on all pages."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [block for text in PAGES.values() for block in pattern.findall(text)]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "TRACETUI_DB"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which the programs of all pages have run."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    for number, block in enumerate(blocks("python")):
        (folder / f"block_{number}.py").write_text(block, encoding="utf-8")
        ran = run([sys.executable, f"block_{number}.py"], folder)
        assert ran.returncode == 0, ran.stderr
        if number == 0:
            assert ran.stdout == "TTFT is the time to the first token.\n"
    exported = run([str(TRACETUI), "export", "last", "-o", "trace.json"], folder)  # the document of the pages
    assert exported.returncode == 0, exported.stderr
    (folder / "scorers.py").write_text(blocks("scorer")[0], encoding="utf-8")
    scored = run([str(TRACETUI), "score", "--with", "scorers.py"], folder)
    assert scored.returncode == 0, scored.stderr
    return folder


@pytest.mark.parametrize("line", [line for block in blocks("filter") for line in block.splitlines()])
def test_every_filter_shown_parses(line: str) -> None:
    """A page with a filter that is refused would mislead."""
    parse(line)  # must not raise


def shell_lines() -> list[str]:
    lines = [line.partition("  #")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith(("tracetui ", "sqlite3 ")) and "uvicorn" not in line]


@pytest.mark.parametrize("line", shell_lines())
def test_every_command_shown_works(project: Path, line: str) -> None:
    """Each exits with 0, on the file that the programs of the pages have written."""
    arguments = shlex.split(line)
    arguments = arguments[: arguments.index("|")] if "|" in arguments else arguments  # what is piped into is not ours
    if arguments[0] == "tracetui":
        arguments[0] = str(TRACETUI)
    elif shutil.which(arguments[0]) is None:
        pytest.skip(f"needs {arguments[0]}")
    ran = run(arguments, project)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    """To another page, or to a picture that screenshots/take.py makes."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", PAGES[page])
    assert not [link for link in links if not (ROOT / page.parent / link).is_file()]


def test_the_readme_is_short() -> None:
    """What is longer is a page of docs/."""
    assert len(PAGES[Path("README.md")].splitlines()) <= 150


def test_every_variable_is_documented() -> None:
    """The page on configuration names each variable that the sources read."""
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("tracer", "store", "tui")
        for path in (ROOT / folder).rglob("*.py")
    ]
    read = set(re.findall(r"\"(TRACETUI_[A-Z_]+)\"", "".join(sources))) - INTERNAL
    assert not {name for name in read if name not in PAGES[Path("docs/configuration.md")]}


INTERNAL = {"TRACETUI_RUN", "TRACETUI_STRICT", "TRACETUI_WATCH"}
"""Variables that commands set for their children, and that tests set."""


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: f"{action.scope}.{action.action}")
def test_every_key_is_documented(action: Action) -> None:
    """The page on the explorer has the keys of the table of actions, in its words."""
    keys = " ".join(f"`{key}`" for key in key_names(action.keys).split())
    assert f"| {keys} | {action.help} |" in PAGES[Path("docs/explorer.md")]


@pytest.mark.parametrize("page", GUIDES, ids=str)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    """A guide to the source that names a file which has moved leads nowhere."""
    named = re.findall(r"`((?:tracer|store|tui|tests|docs|screenshots)/[\w./]*\w)/?`", GUIDES[page])
    assert not [name for name in named if not (ROOT / name).exists()]


def test_every_hard_case_has_its_test() -> None:
    """`test_module::test_name`, and `::test_name` of the module before it."""
    module, missing = "", []
    for name in re.findall(r"`((?:tests/[\w/]*)?[\w]*::test_\w+)`", GUIDES[Path("docs/hard-cases.md")]):
        file, _, test = name.rpartition("::")
        module = file or module
        found = list((ROOT / "tests").rglob(f"{module.rpartition('/')[2]}.py"))
        if not any(f"def {test}(" in path.read_text(encoding="utf-8") for path in found):
            missing.append(f"{module}::{test}")
    assert missing == []
