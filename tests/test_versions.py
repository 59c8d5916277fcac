"""The versions of libraries that the README names are those that the tests run, or older ones."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMED = dict(
    re.findall(r"`([a-z][a-z0-9-]*)` (\d+(?:\.\d+)*)(?= ?[,|(])", (ROOT / "README.md").read_text(encoding="utf-8"))
)
"""Each library of the README's table with its version."""


SERVES_TESTS = {"duckdb", "gevent", "gunicorn", "llama-index-llms-openai", "pandas", "polars"}
"""What the extras install beside the libraries that are recorded."""


def bounds(extra: str) -> dict[str, str]:
    """Each library that an extra installs with its lower bound; empty where it has none."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    found = (re.match(r"([\w-]+)(?:\[[\w,-]+\])?(?:>=([\d.]+))?", requirement) for requirement in extras[extra])
    return {match[1]: match[2] or "" for match in found if match and match[1] != "tracetui"}


def numbers(text: str) -> tuple[int, ...]:
    """A version in the order of versions."""
    return tuple(int(part) for part in re.findall(r"\d+", text))


def test_the_readme_names_what_the_tests_run() -> None:
    """Every library but what only serves the tests, and no other."""
    run = {**bounds("telemetry"), **bounds("frameworks"), **bounds("clients")}
    assert {name: bound for name, bound in run.items() if name not in SERVES_TESTS} == NAMED


@pytest.mark.parametrize("extra", ["clients", "frameworks", "telemetry"])
def test_what_is_installed_is_as_new_as_the_readme_says(extra: str) -> None:
    """In the environment of the extra; others may want older versions."""
    try:
        installed = {name: version(name) for name in bounds(extra)}
    except PackageNotFoundError as missing:
        pytest.skip(f"needs {missing.name}")
    assert not [name for name in installed.keys() & NAMED if numbers(installed[name]) < numbers(NAMED[name])]


def test_the_range_of_textual_ends_above_the_version_that_is_tested() -> None:
    """CI tests the lower bound too, which it reads from the same line."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (allowed,) = re.findall(r'^    "textual>=([0-9.]+),<([0-9]+)",$', project, re.MULTILINE)
    (tested,) = re.findall(r'^    "textual==([0-9.]+)",', project, re.MULTILINE)
    assert numbers(allowed[0]) < numbers(tested)
    assert numbers(tested)[0] + 1 == int(allowed[1])
    assert 's/^    "textual>=' in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
