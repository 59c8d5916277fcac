"""The settings file: what it sets, and what it says of mistakes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.conftest import Run
from tracetui.tui import actions
from tracetui.tui.layout.pane_shares import PaneShares
from tracetui.tui.settings.keymap import action_id, read_keymap
from tracetui.tui.settings.settings import Settings, read_settings, settings_of
from tracetui.tui.settings.template import settings_text

JSON: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["theme", "time_zone", "start", "columns", "layout", "remember", "keys"]) | st.text(max_size=5)


def test_every_setting_is_read() -> None:
    """A file that changes everything is taken at its word."""
    text = """
        theme = "tracetui-light"
        time_zone = "utc"
        start = "age"
        remember = false
        columns = ["start", "attr:shop.tenant", "preview"]
        [layout]
        list = 60
        [keys]
        "screen.sort" = "ctrl+s,f9"
    """
    settings = settings_of(tomllib.loads(text))
    assert settings.problems == ()
    assert (settings.theme, settings.utc, settings.relative, settings.remembers) == (
        "tracetui-light",
        True,
        True,
        False,
    )
    assert settings.columns.keys == ("start", "attr:shop.tenant", "preview")
    assert settings.shares == PaneShares(list=60)


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"them": "x"}, "did you mean theme?"),
        ({"time_zone": "mars"}, "none of local, utc"),
        ({"columns": ["price"]}, "no column is called 'price'"),
        ({"layout": {"list": 200}}, "from 10 to 90"),
        ({"keys": {"screen.srt": "x"}}, "did you mean screen.sort?"),
        ({"keys": {"screen.sort": 3}}, "screen.sort is not a key"),
        ({"keys": {"screen.sort": "f"}}, "f is the key of screen.sort and of screen.follow"),
        ({"keys": {"tree.fold": "q"}}, "q is the key of tree.fold and of screen.quit"),
    ],
)
def test_mistake_is_named_and_costs_one_setting(document: dict[str, Any], problem: str) -> None:
    """The others count, and the way out is in the words."""
    settings = settings_of(document | {"start": "age"})
    assert settings.relative
    assert any(problem in one for one in settings.problems), settings.problems


@given(st.dictionaries(NAMES, JSON))
def test_no_file_keeps_the_explorer_from_starting(document: dict[str, Any]) -> None:
    """Whatever stands in it, there are settings."""
    assert isinstance(settings_of(document), Settings)


def test_default_keys_have_no_conflict() -> None:
    """Each key does one thing, in every pane."""
    assert read_keymap({}) == ({}, [])


def test_written_settings_are_the_defaults(tmp_path: Path) -> None:
    """Every line is a comment; without the marks the file says what holds without it."""
    path = tmp_path / "config.toml"
    path.write_text(settings_text(), encoding="utf-8")
    assert read_settings(path) == Settings()
    lines = [line.removeprefix("# ") for line in settings_text().splitlines() if " = " in line and '" = "' not in line]
    document = tomllib.loads("\n".join(line for line in lines if not line.startswith(("list", "tree", "columns"))))
    assert settings_of(document) == Settings()
    for one in actions.DEFAULT_ACTIONS:
        assert (f'"{action_id(one)}" = ' in settings_text()) == (one.scope != "filter")


def test_command_writes_the_file_once_and_names_mistakes(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`tracetui config --write` never replaces what the user wrote; `tracetui config` checks it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "tracetui" / "config.toml"
    assert run("config").out.strip() == str(path)
    assert run("config", "--write").code == 0
    assert "# theme" in path.read_text(encoding="utf-8")
    path.write_text("start = 1", encoding="utf-8")
    again = run("config", "--write")
    assert again.code
    assert "was not changed" in again.err
    checked = run("config")
    assert checked.code == 1
    assert "start: 1 is none of time, age" in checked.err
    path.write_text("start =", encoding="utf-8")
    assert "cannot be read" in run("config").err
